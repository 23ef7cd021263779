/** How fast a request's body must come (IN1): a client that trickles would hold a connection and memory for nothing. */
import { Failure } from '../kernel/failure.ts';

const second = 1000;
const minute = 60 * second;

/** How long a body may take, in milliseconds. */
export const bodyTime = { small: 2 * minute, upload: 15 * minute } as const;

/**
 * The least that must come, over any span of waiting. `now` counts milliseconds and never goes back; tests put a clock of
 * their own there.
 */
export const pace = {
  bytesPerSecond: 1024,
  /** Milliseconds: shorter stalls of a network are nobody's fault. */
  window: 20 * second,
  /** How often a body that does not come is looked at, in milliseconds. */
  tick: second,
  now: () => performance.now(),
};

/** What came within one tick: single bytes must not each be remembered. */
interface Arrival {
  readonly at: number;
  bytes: number;
}

/**
 * Measures one body. Only the time counts in which the server waits for the client: that a disk is slow is not held
 * against who sends.
 */
export class Arrivals {
  readonly #startedAt = pace.now();
  readonly #time: number;
  #waited = 0;
  #since: number | null = null;
  #bytes = 0;
  #recent: Arrival[] = [];

  /** @param time how long the whole body may take, in milliseconds */
  constructor(time: number) {
    this.#time = time;
  }

  /** From now on the server waits. */
  wait(): void {
    this.#since ??= pace.now();
  }

  /** So many bytes came over the wire; the server may go on waiting for more. */
  arrive(bytes: number): void {
    this.#bytes += bytes;
    const at = this.#waitedUntilNow();
    const last = this.#recent.at(-1);
    if (last !== undefined && at - last.at < pace.tick) last.bytes += bytes;
    else this.#recent.push({ at, bytes });
  }

  /** The server has what it waited for. */
  proceed(): void {
    this.#waited = this.#waitedUntilNow();
    this.#since = null;
  }

  /** Whether a client that the server waits for is too slow by now. */
  isTooSlow(): boolean {
    if (this.#since === null) return false;
    if (pace.now() - this.#startedAt >= this.#time) return true;
    const waited = this.#waitedUntilNow();
    if (waited < pace.window) return false;
    const after = waited - pace.window;
    while (this.#recent[0] !== undefined && this.#recent[0].at <= after)
      this.#bytes -= this.#recent.shift()?.bytes ?? 0;
    return this.#bytes < (pace.bytesPerSecond * pace.window) / second;
  }

  #waitedUntilNow(): number {
    return this.#waited + (this.#since === null ? 0 : pace.now() - this.#since);
  }
}

/** Pieces of a body as `next` brings them. Fails with `request_too_slow` where they come slower than they must. */
export async function* paced(
  source: AsyncIterator<Buffer>,
  arrivals: Arrivals,
): AsyncGenerator<Buffer, void, undefined> {
  let refuse: ((reason: unknown) => void) | undefined;
  const look = (): void => {
    if (arrivals.isTooSlow()) refuse?.(new Failure('request_too_slow', undefined));
  };
  const timer = setInterval(look, pace.tick);
  let isWaiting = false;
  try {
    for (;;) {
      isWaiting = true;
      arrivals.wait();
      const next = await new Promise<IteratorResult<Buffer>>((resolve, reject) => {
        refuse = reject;
        source.next().then(resolve, reject);
      });
      isWaiting = false;
      arrivals.proceed();
      if (next.done) return;
      yield next.value;
    }
  } finally {
    clearInterval(timer);
    const end = source.return?.().catch(() => undefined);
    // A source that is still waiting ends only with its connection.
    if (!isWaiting) await end;
  }
}
