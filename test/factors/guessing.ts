/** Guessing at the codes of somebody. */
import { expect } from 'vitest';
import type { Actor } from '../../src/policy/actor.ts';
import type { TestStore } from '../support/stores.ts';
import type { Holder } from './people.ts';

export const minute = 60_000;
export const hour = 60 * minute;

/** Somebody who knows the password only, from another network. */
export const intruder: Partial<Actor> = { credential: 'password', token: null, address: '203.0.113.9' };

/** Presents so many wrong codes, one after another, and returns the last answer. */
export async function guessWrongly(
  holder: Holder,
  count: number,
  actor: Partial<Actor> = intruder,
): Promise<string> {
  let last = '';
  for (const code of holder.wrong(count))
    last = await holder.present({ code, action: 'account.login', actor });
  return last;
}

/** Guesses until the owner's app is barred: twenty wrong codes, as fast as the budget lets them. */
export async function guessUntilBarred(world: TestStore, holder: Holder): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    expect(await guessWrongly(holder, 5)).toBe('otp_refused');
    world.clock.advance(hour);
  }
}

export const attempts = ({ store }: TestStore): Promise<unknown[]> =>
  store.read((tx) => tx.sql.selectFrom('attempts').selectAll().execute());
