import { type AddressRules, reserveGuess } from '../../src/accounts/guesses.ts';
import { isFailure } from '../../src/kernel/failure.ts';
import type { Store } from '../../src/store/store.ts';
import type { TestStore } from '../support/stores.ts';

const minute = 60_000;
const hour = 60 * minute;
export const rules: AddressRules = {
  passwordLimit: { count: 100, window: 15 * minute },
  signupLimit: { count: 3, window: hour },
  loopbackExempt: false,
};

let guesses = 0;

/** What becomes of a fresh guess: `room`, or the seconds after which to come back. */
export async function guess(
  store: Store,
  {
    name = 'hannah',
    address = '198.51.100.7' as string | null,
    device = null as string | null,
    password = '',
    limits = rules,
  } = {},
): Promise<'room' | number> {
  guesses += 1;
  try {
    await reserveGuess(
      store,
      { name, address, device, password: password === '' ? `guess ${guesses}` : password },
      limits,
    );
    return 'room';
  } catch (thrown) {
    if (isFailure(thrown, 'too_many_attempts')) return thrown.details.retryAfter;
    throw thrown;
  }
}

/** Does something so often, one after the other. */
export const repeat = async <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let index = 0; index < count; index += 1) results.push(await work(index));
  return results;
};

/** How many guesses are counted. */
export const countRows = async ({ store }: TestStore): Promise<number> =>
  (await store.read((tx) => tx.sql.selectFrom('password_attempts').select('id').execute())).length;
