/**
 * What an act did to its account, seen by comparing before and after: whatever surface or use-case it came through,
 * getting an account back without its second factor, or moving it to another address, holds it (RV6).
 */
import { readHold, startHold } from '../accounts/holds.ts';
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Actor } from '../policy/actor.ts';
import { sayHeld } from '../policy/hold.ts';
import type { ProvenFactor } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';
import {
  type EnabledFactor,
  noteRecovery,
  type RecoveryFacts,
  readFactors,
  readRecoveryFacts,
} from './consequences.sql.ts';

const day = 24 * 60 * 60_000;
/** A recovery code that was used longer ago says nothing about what happens to factors now. */
const recoveryRemembered = 14 * day;

interface State {
  readonly name: string;
  readonly email: string;
  readonly verifiedAt: Instant | null;
  readonly recovered: RecoveryFacts['recovered'];
  readonly factors: readonly EnabledFactor[];
}

const touches = (action: Action): boolean => action.startsWith('factor.') || action.startsWith('account.');

async function readState(tx: Reading, account: string): Promise<State | undefined> {
  const facts = await readRecoveryFacts(tx, account);
  return facts && { ...facts, factors: await readFactors(tx, account) };
}

const isRemembered = (
  recovered: RecoveryFacts['recovered'],
  now: Instant,
): recovered is NonNullable<RecoveryFacts['recovered']> =>
  recovered !== null && recovered.last > now - recoveryRemembered;

async function noteUse(tx: Writing, account: string): Promise<void> {
  const recovered = (await readRecoveryFacts(tx, account))?.recovered ?? null;
  await noteRecovery(tx, account, isRemembered(recovered, tx.now) ? recovered.first : tx.now);
}

/**
 * Whether the last factor that is older than the use of a recovery code went with this act, and whoever did it had none of
 * those either.
 */
function isRecovery(before: State, after: State, proven: ProvenFactor, now: Instant): boolean {
  const { recovered } = after;
  if (!isRemembered(recovered, now)) return false;
  // A second code makes no factor trusted that came with the first.
  const isOld = ({ since }: EnabledFactor): boolean => since <= recovered.first;
  const ofKind = before.factors.filter(({ kind }) => kind === proven);
  const wasOld = ofKind.length > 0 && ofKind.every(isOld);
  return !wasOld && before.factors.some(isOld) && !after.factors.some(isOld);
}

/**
 * Does the work of an act and then what follows from it. Fails with `account_held` where the work changed the address of an
 * account that is held.
 */
export async function withConsequences<T>(
  tx: Writing,
  act: { readonly account: { readonly id: string } | null; readonly action: Action },
  told: { readonly factor: ProvenFactor; readonly holdTime: number; readonly actor?: Actor },
  work: () => Promise<T>,
): Promise<T> {
  const { account, action } = act;
  if (account === null) return work();
  if (told.factor === 'recovery-code') await noteUse(tx, account.id);
  const before = touches(action) ? await readState(tx, account.id) : undefined;
  const result = await work();
  const after = before && (await readState(tx, account.id));
  if (!before || !after) return result;
  const held = { account: { id: account.id, name: after.name }, actor: told.actor, time: told.holdTime };
  const now = { email: after.email, email_verified_at: after.verifiedAt };
  if (before.email !== after.email) {
    const hold = await readHold(tx, account.id);
    if (hold) fail('account_held', { reason: sayHeld(hold) });
    const to = [{ email: before.email, email_verified_at: before.verifiedAt }, now];
    if (before.verifiedAt !== null)
      await startHold(tx, { ...held, kind: 'widening', reason: 'email', mailTo: before.email, to });
  }
  if (isRecovery(before, after, told.factor, tx.now))
    await startHold(tx, {
      ...held,
      kind: 'full',
      reason: 'recovery-code',
      causeAt: after.recovered?.first,
    });
  return result;
}
