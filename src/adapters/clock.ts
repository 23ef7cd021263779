import type { Clock } from '../kernel/ports.ts';

/** This machine's clock, which can be told to agree with another. */
export interface SystemClock extends Clock {
  /**
   * Sets how far the followed clock is ahead of this machine's, in milliseconds (negative when behind). On PostgreSQL
   * that is the database's, measured at start and each minute, so that limits and lifetimes agree (RN1).
   */
  follow(offset: number): void;
  /** How far the followed clock is ahead. */
  offset(): number;
}

/** Wall time of this machine until told to follow another clock. */
export function createClock(): SystemClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    follow: (offset) => {
      ahead = Math.round(offset);
    },
    offset: () => ahead,
  };
}
