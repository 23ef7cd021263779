/** What refusals leave behind: a row of the log, or a count where a limit refused. */
import { findAccount } from '../accounts/accounts.ts';
import { isFailure } from '../kernel/failure.ts';
import type { Floods } from '../ledger/floods.ts';
import { recordRefusal } from '../ledger/refusals.ts';
import type { Actor, Target } from '../policy/actor.ts';
import type { Action } from '../policy/policy.ts';
import type { Store } from '../store/store.ts';
import { describeAct } from './describe.ts';

/** Refusals that tell somebody something about an attack or a mistake; a plain challenge or 404 does not. */
const recordedRefusals = new Set([
  'otp_refused',
  'key_refused',
  'codes_barred',
  'password_wrong',
  'address_refused',
  'token_suspended',
  'token_readonly',
  'token_insufficient',
  'not_allowed',
  'account_frozen',
  'account_held',
  'second_factor_missing',
]);

/** Refusals by a limit are counted: a flood of them must not fill the log. */
const limited = new Set(['too_many_attempts', 'too_many_requests', 'logins_limited', 'codes_barred']);

/** What is done to what. */
export interface Deed {
  readonly action: Action;
  readonly target: Target;
  readonly invitation?: string | undefined;
}

/** Writes down what was refused, where it tells something. Anything but a refusal is left alone. */
export type LeaveTrace = (
  actor: Actor,
  acting: Actor['account'],
  deed: Deed,
  thrown: unknown,
) => Promise<void>;

export function createTraces(store: Store, floods: Floods): LeaveTrace {
  /** Whose name a stranger claimed: the owner of an account sees in its log that somebody tried. */
  const ownerOfClaim = async ({ claim }: Actor): Promise<string | undefined> =>
    claim === null ? undefined : (await store.read((tx) => findAccount(tx, claim.name)))?.id;

  const noteFlood = (actor: Actor, acting: Actor['account'], { action, target }: Deed): void => {
    const {
      outcome: _,
      action: limit,
      ...entry
    } = describeAct(actor, acting, action, target, { outcome: 'refused' });
    const source = acting ? `account:${acting.id}` : `address:${actor.address ?? 'unknown'}`;
    floods.count({ limit, source, entry }, store.clock.now());
  };

  return async (actor: Actor, acting: Actor['account'], deed: Deed, thrown: unknown): Promise<void> => {
    if (!isFailure(thrown)) return;
    if (limited.has(thrown.code)) noteFlood(actor, acting, deed);
    else if (recordedRefusals.has(thrown.code))
      await recordRefusal(store, floods, {
        ...describeAct(actor, acting ?? actor.deadOf ?? null, deed.action, deed.target, {
          outcome: 'refused',
          reason: thrown.code,
        }),
        account: acting?.id ?? actor.deadOf?.id ?? (await ownerOfClaim(actor)),
      });
  };
}
