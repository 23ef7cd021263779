import type { SerializedError } from 'vitest';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** Whether a hook or the loading of what surrounds a test failed, so that the test never ran. */
function isWithheld(test: TestCase): boolean {
  for (let around = test.parent; ; around = around.parent) {
    if (around.errors().length > 0) return true;
    if (around.type === 'module') return false;
  }
}

/** Files and groups that failed outside their tests: in a hook or while loading. */
const brokenPlaces = (module: TestModule): number =>
  [module, ...module.children.allSuites()].filter((place) => place.errors().length > 0).length;

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
      failed += brokenPlaces(module);
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') passed += 1;
        else if (result.state !== 'skipped') failed += 1;
        else if (isWithheld(test)) console.log(`NOT RUN: ${module.relativeModuleId} > ${test.fullName}`);
        else {
          skipped += 1;
          const reason = result.note ?? 'by its condition';
          console.log(`SKIPPED (${reason}): ${module.relativeModuleId} > ${test.fullName}`);
        }
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
