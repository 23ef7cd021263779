import type { Instant } from '../kernel/ports.ts';
import type { AttemptsTable } from '../store/schema.ts';
import type { Reading, Writing } from '../store/store.ts';

/**
 * Whose guesses are counted together: an account's but for those of known devices, those of them from one network, a
 * token's, or a known device's.
 */
export type Counted =
  | { readonly account: string; readonly network?: string }
  | { readonly token: string }
  | { readonly device: string };

const guessesOf = (tx: Reading, counted: Counted) => {
  const all = tx.sql.selectFrom('attempts');
  if ('token' in counted) return all.where('token_id', '=', counted.token);
  if ('device' in counted) return all.where('device_id', '=', counted.device);
  const own = all.where('account_id', '=', counted.account).where('device_id', 'is', null);
  return counted.network === undefined ? own : own.where('network', '=', counted.network);
};

/** The instant of the guess that fills a budget of `count` since `after`, or undefined while there is room. */
export async function readFilling(
  tx: Reading,
  counted: Counted,
  after: Instant,
  count: number,
): Promise<Instant | undefined> {
  const row = await guessesOf(tx, counted)
    .select('at')
    .where('at', '>', after)
    .orderBy('at', 'desc')
    .limit(1)
    .offset(count - 1)
    .executeTakeFirst();
  return row?.at;
}

/** How many guesses proved wrong since `after`. */
export async function countWrong(tx: Reading, counted: Counted, after: Instant): Promise<number> {
  const { wrong } = await guessesOf(tx, counted)
    .select(({ fn }) => fn.countAll<number>().as('wrong'))
    .where('at', '>', after)
    .where('attempts.wrong', '=', 1)
    .executeTakeFirstOrThrow();
  return Number(wrong);
}

type GuessKey = Pick<AttemptsTable, 'account_id' | 'step' | 'code_hash'>;

export async function isReserved(tx: Reading, key: GuessKey): Promise<boolean> {
  const row = await tx.sql
    .selectFrom('attempts')
    .select('step')
    .where('account_id', '=', key.account_id)
    .where('step', '=', key.step)
    .where('code_hash', '=', key.code_hash)
    .executeTakeFirst();
  return row !== undefined;
}

/** A guess to count. */
export type GuessRow = Omit<AttemptsTable, 'at' | 'wrong'>;

export async function insertGuess(tx: Writing, guess: GuessRow): Promise<void> {
  await tx.sql
    .insertInto('attempts')
    .values({ ...guess, at: tx.now, wrong: 0 })
    .execute();
}

/** Takes a guess back, unless it proved wrong already. */
export async function removeGuess(tx: Writing, key: GuessKey): Promise<void> {
  await tx.sql
    .deleteFrom('attempts')
    .where('account_id', '=', key.account_id)
    .where('step', '=', key.step)
    .where('code_hash', '=', key.code_hash)
    .where('wrong', '=', 0)
    .execute();
}

/** Notes that a guess proved wrong, even if somebody took it back; says whether that is news. */
export async function markWrong(tx: Writing, guess: GuessRow): Promise<boolean> {
  const marked = await tx.sql
    .insertInto('attempts')
    .values({ ...guess, at: tx.now, wrong: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'step', 'code_hash'])
        .doUpdateSet({ wrong: 1 })
        .where('attempts.wrong', '=', 0),
    )
    .returning('step')
    .executeTakeFirst();
  return marked !== undefined;
}

/**
 * Forgets the account's guesses until `gone`. Guesses of a time that has not come (the clock was set back) are counted
 * from now on: they neither vanish nor stay for ever.
 */
export async function ageGuesses(tx: Writing, account: string, gone: Instant): Promise<void> {
  await tx.sql.deleteFrom('attempts').where('account_id', '=', account).where('at', '<=', gone).execute();
  await tx.sql
    .updateTable('attempts')
    .set({ at: tx.now })
    .where('account_id', '=', account)
    .where('at', '>', tx.now)
    .execute();
}

/** Suspends a token; says whether it was not suspended before. */
export async function suspendToken(tx: Writing, token: string): Promise<boolean> {
  const { numUpdatedRows } = await tx.sql
    .updateTable('tokens')
    .set({ suspended_at: tx.now })
    .where('id', '=', token)
    .where('suspended_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Keeps only the guesses after an instant. */
export async function forgiveGuesses(tx: Writing, account: string, until: Instant): Promise<void> {
  await tx.sql.deleteFrom('attempts').where('account_id', '=', account).where('at', '<=', until).execute();
}
