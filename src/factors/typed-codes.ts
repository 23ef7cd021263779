/**
 * Codes for terminals that cannot ask for a security key: a page shows eight digits after a key was touched, good for two
 * minutes, once, for one act that was chosen there (OT4).
 */
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import { pickDigits } from '../kernel/secrets.ts';
import type { Actor } from '../policy/actor.ts';
import type { Permit } from '../policy/permit.ts';
import { type Action, policy } from '../policy/policy.ts';
import type { Writing } from '../store/store.ts';
import type { PresentedCode } from './codes.ts';
import { hashCode } from './spent.ts';
import { markTypedCodeUsed, readTypedCode, replaceTypedCode } from './typed-codes.sql.ts';

const length = 8;
const life: Instant = 2 * 60_000;

/** A code as the page shows it, this once. */
export interface TypedCode {
  /** Eight digits. */
  readonly code: string;
  readonly until: Instant;
}

/** Whether an act may be chosen: it asks for a factor, and a terminal can do it. */
export const takesTypedCode = (action: Action): boolean => {
  const { asks, credentials } = policy[action];
  return asks !== 'never' && credentials.some((kind) => kind === 'session' || kind === 'password');
};

/**
 * Makes a code for one chosen act, in place of any code made before. Only a key that was touched for this very request
 * will do. Fails with `key_refused` where it was not, and with `request_invalid` for an act that asks for no code.
 */
export async function createTypedCode(
  tx: Writing,
  permit: Permit<'factor.createCode'>,
  action: Action,
): Promise<TypedCode> {
  const account = permit.account ?? fail('credential_missing');
  if (permit.factor !== 'security-key') fail('key_refused');
  if (!takesTypedCode(action)) fail('request_invalid', { reason: 'This asks for no code.' });
  const code = pickDigits(tx.random, length);
  const until = tx.now + life;
  const hash = hashCode(tx, account.id, { kind: 'key-page', text: code });
  await replaceTypedCode(tx, { account_id: account.id, hash, action, until, used_at: null });
  return { code, until };
}

/** Whether a code made for one act opens another: release tools publish and move `latest` in one command. */
const opens = (chosen: Action, action: Action): boolean =>
  chosen === action || (policy[action].proof !== null && policy[chosen].proof === policy[action].proof);

/**
 * Uses up a code that was made for this act; the end of its life, or undefined where it is none, was used, or was made for
 * another act. Judged by the time at which the request's headers arrived (OT3).
 */
export async function useTypedCode(
  tx: Writing,
  told: { account: string; actor: Actor; action: Action; code: PresentedCode },
): Promise<Instant | undefined> {
  const { account, actor, action } = told;
  const hash = hashCode(tx, account, told.code);
  const row = await readTypedCode(tx, { account, hash, at: actor.receivedAt });
  if (!row || !opens(row.action as Action, action)) return undefined;
  return (await markTypedCodeUsed(tx, account, hash)) ? row.until : undefined;
}
