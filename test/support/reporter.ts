import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Names every skipped test and closes the run with `N passed, N failed` alone on a line. With
 * TALLYSTICK_FORBID_SKIPS=1 (CI) a skipped test is a failed one: there everything can run.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const forbidden = process.env.TALLYSTICK_FORBID_SKIPS === '1';
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    for (const module of modules) {
      if (module.state() === 'failed' && module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state === 'skipped') {
          skipped += 1;
          console.log(
            `SKIPPED (${result.note ?? 'by its condition'}): ${module.relativeModuleId} > ${test.fullName}`,
          );
        } else failed += 1;
      }
    }
    if (forbidden && skipped > 0) {
      console.log(`${skipped} tests were skipped, and TALLYSTICK_FORBID_SKIPS allows none.`);
      failed += skipped;
      skipped = 0;
      process.exitCode = 1;
    }
    const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    process.once('exit', () => console.log(line));
  }
}
