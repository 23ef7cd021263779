/**
 * Approvals that the owner gave on a page of the website (LK5, SE5): for one act, presented as a value of 64 hex digits,
 * or for all publishes of a short while, which need no value at all. The page asked for a factor; the approval is bound
 * to whoever was refused without one.
 */
import { readAccountById } from '../accounts/accounts.sql.ts';
import { countUse, type HandoffRow, readByValue, readRelease } from '../accounts/handoffs.sql.ts';
import { mostReleaseUses } from '../accounts/handoffs.ts';
import type { Instant } from '../kernel/ports.ts';
import { hashSecret } from '../kernel/secrets.ts';
import type { Actor } from '../policy/actor.ts';
import type { Action } from '../policy/policy.ts';
import type { Reading, Writing } from '../store/store.ts';
import { credentialOf } from './spent.ts';

/** The one act that a release may hold (SE5). */
const releasable: Action = 'package.publish';
/** How far apart the clocks of two processes may be before one of them counts as set back. */
const clockSkew = 5000;

/** An act that an approval may open. */
export interface ApprovedAct {
  readonly account: { readonly id: string };
  readonly actor: Actor;
  readonly action: Action;
  /** To what it is done; undefined where no page can approve it. */
  readonly subject?: string | undefined;
}

/** An approval that holds for an act. */
export interface Approval {
  readonly id: string;
  /** Until when its value opens anything. */
  readonly until: Instant;
  /** Whether it serves all publishes of a while; else one act, once. */
  readonly isRelease: boolean;
}

const isSameAddress = (row: HandoffRow, { address }: Actor): boolean =>
  address !== null && row.address === address;

function covers(row: HandoffRow, { actor, action, subject }: ApprovedAct): boolean {
  if (row.credential !== credentialOf(actor) || subject === undefined) return false;
  if (row.release_until !== null) return action === releasable && isSameAddress(row, actor);
  if (row.action !== action || row.subject !== subject) return false;
  // Where no token is, the address stands for the client that asked.
  return row.credential !== 'password' || isSameAddress(row, actor);
}

/** Whether the account still has the password under which its owner approved. */
async function isUnchanged(tx: Reading, row: HandoffRow, accountId: string): Promise<boolean> {
  return (await readAccountById(tx, accountId))?.password_version === row.password_version;
}

/** The approval whose value this is, where it holds for the act now; judged by the arrival of the request's headers. */
export async function findApproval(
  tx: Reading,
  act: ApprovedAct,
  value: string,
): Promise<Approval | undefined> {
  const { account, actor } = act;
  const row = await readByValue(tx, account.id, hashSecret(value));
  if (row === undefined || row.value_until === null || row.handed_at === null) return undefined;
  if (actor.receivedAt >= row.value_until || tx.now < row.handed_at - clockSkew) return undefined;
  if (!covers(row, act) || !(await isUnchanged(tx, row, account.id))) return undefined;
  return { id: row.id, until: row.value_until, isRelease: row.release_until !== null };
}

/** Counts and lists a use of an approval; false where it has been used as often as it may. */
export const useApproval = (tx: Writing, { id, isRelease }: Approval, subject = ''): Promise<boolean> =>
  countUse(tx, id, subject, isRelease ? mostReleaseUses : 1);

async function findRelease(tx: Reading, act: ApprovedAct): Promise<Approval | undefined> {
  const { account, actor, action } = act;
  if (action !== releasable || actor.token === null || actor.address === null) return undefined;
  const asker = { account: account.id, credential: credentialOf(actor), address: actor.address };
  const row = await readRelease(tx, asker, mostReleaseUses);
  if (row === undefined || row.release_until === null || row.approved_at === null) return undefined;
  if (tx.now < row.approved_at - clockSkew || !(await isUnchanged(tx, row, account.id))) return undefined;
  return { id: row.id, until: row.release_until, isRelease: true };
}

/** Whether the owner approved a release that this act belongs to. */
export const isReleasing = async (tx: Reading, act: ApprovedAct): Promise<boolean> =>
  (await findRelease(tx, act)) !== undefined;

/** Does the act as one of an approved release, without any code; false where there is none. */
export async function useRelease(tx: Writing, act: ApprovedAct): Promise<boolean> {
  const release = await findRelease(tx, act);
  return release !== undefined && useApproval(tx, release, act.subject);
}
