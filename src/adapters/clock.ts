import type { Clock, Instant } from '../kernel/ports.ts';

/** This machine's clock, which can follow another. */
export interface SystemClock extends Clock {
  /**
   * Reads another clock and follows it from now on: on PostgreSQL the database's, at start and each minute, so that
   * limits and lifetimes agree between processes (RN1). Half of the time that the reading took is its error at most.
   */
  follow(read: () => Promise<Instant>): Promise<void>;
  /** How far the followed clock is ahead of this machine's, in milliseconds; negative when behind. */
  offset(): number;
}

/** Wall time; tests hand in what stands for this machine's. */
export function createClock(machine: () => Instant = Date.now): SystemClock {
  let ahead = 0;
  return {
    now: () => machine() + ahead,
    follow: async (read) => {
      const before = machine();
      const other = await read();
      const after = machine();
      if (Number.isFinite(other)) ahead = Math.round(other - (before + after) / 2);
    },
    offset: () => ahead,
  };
}
