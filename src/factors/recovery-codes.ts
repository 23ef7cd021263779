/** Recovery codes: for the day on which the other factor is lost (RC1–RC6). */
import { pickDigits } from '../kernel/secrets.ts';
import type { Reading, Writing } from '../store/store.ts';
import { insertRecoveryCodes, isUsed, markUsed, removeRecoveryCodes } from './recovery-codes.sql.ts';

const setSize = 10;
const length = 16;

/** What the store keeps of a code: keyed, because 53 bits alone could be searched through (RC2). */
const hashOf = (tx: Reading, account: string, code: string): string =>
  tx.vault.hmac('recovery-codes', `${account}\0${code}`).toString('hex');

/** Four groups of four, which npm's prompt takes and people can type from paper. */
const asGroups = (code: string): string => code.replace(/....(?=.)/g, '$& ');

/**
 * Gives the account ten new codes of sixteen digits in place of whatever it had, and returns them as they are shown,
 * this once: `1234 5678 9012 3456`.
 */
export async function replaceRecoveryCodes(tx: Writing, account: string): Promise<string[]> {
  const codes = new Set<string>();
  while (codes.size < setSize) codes.add(pickDigits(tx.random, length));
  await removeRecoveryCodes(tx, account);
  await insertRecoveryCodes(
    tx,
    account,
    [...codes].map((code) => hashOf(tx, account, code)),
  );
  return [...codes].map(asGroups);
}

/** Uses up one of the account's codes; says whether it was one and still unused. `code` is sixteen bare digits. */
export const useRecoveryCode = (tx: Writing, account: string, code: string): Promise<boolean> =>
  markUsed(tx, account, hashOf(tx, account, code));

/** Whether this was a code of the account's that is used up. */
export const isUsedRecoveryCode = (tx: Reading, account: string, code: string): Promise<boolean> =>
  isUsed(tx, account, hashOf(tx, account, code));
