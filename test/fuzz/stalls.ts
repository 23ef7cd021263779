import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** How long the main thread was busy with one input, and how long it let others wait; in milliseconds. */
export interface Stalls {
  /** Runs the work on one input and counts what the thread computed meanwhile. */
  measure<T>(work: () => Promise<T>): Promise<T>;
  /** A line for people. What computing took is the measure where other programs share the processor. */
  report(): string;
}

export function watchStalls(): Stalls {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const began = performance.now();
  let inputs = 0;
  let longest = 0;
  return {
    async measure(work) {
      const before = process.threadCpuUsage();
      const result = await work();
      const { user, system } = process.threadCpuUsage(before);
      inputs += 1;
      longest = Math.max(longest, (user + system) / 1000);
      return result;
    },
    report() {
      delays.disable();
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      const late = (delays.max / 1e6).toFixed(1);
      const usual = (delays.percentile(99.9) / 1e6).toFixed(1);
      return `${inputs} inputs in ${seconds} s; the most that one took of the main thread: ${longest.toFixed(1)} ms; longest delay of its loop: ${late} ms (99.9 %: ${usual} ms)`;
    },
  };
}
