/** How often a client may ask for the outcome of its request (LK4). */
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';

const minute = 60_000;
const mostPolls = 60;
const mostRemembered = 10_000;

/**
 * Counts in memory, per process: what it guards is the database. A full memory forgets whoever began to ask first, who
 * then begins anew.
 */
export class PollCounter {
  readonly #windows = new Map<string, { readonly began: Instant; count: number }>();

  /** Counts one question; more than 60 within a minute fail with `polled_too_often`. */
  count(id: string, now: Instant): void {
    const known = this.#windows.get(id);
    const isCurrent = known !== undefined && now >= known.began && now < known.began + minute;
    const window = isCurrent ? known : { began: now, count: 0 };
    window.count += 1;
    if (!isCurrent) {
      this.#windows.delete(id);
      const [oldest] = this.#windows.keys();
      if (this.#windows.size >= mostRemembered && oldest !== undefined) this.#windows.delete(oldest);
      this.#windows.set(id, window);
    }
    if (window.count > mostPolls)
      fail('polled_too_often', { retryAfter: Math.max(1, Math.ceil((window.began + minute - now) / 1000)) });
  }
}
