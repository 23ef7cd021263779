import { isSeasoned, readHold } from '../accounts/holds.ts';
import { findInvitation } from '../accounts/invitations.ts';
import type { ProvenPassword } from '../accounts/proving.ts';
import { fail } from '../kernel/failure.ts';
import { readStanding } from '../packages/standing.sql.ts';
import type { Actor, Target } from '../policy/actor.ts';
import type { Facts } from '../policy/decide.ts';
import { coversPackage, coversSite, type Grants } from '../policy/grants.ts';
import type { ProvenKey } from '../policy/permit.ts';
import { type Action, policy } from '../policy/policy.ts';
import { heldBy, needOf } from '../policy/traits.ts';
import type { Reading } from '../store/store.ts';
import { readAccountFacts, readSessionFacts, readTokenFacts } from './facts.sql.ts';

/** What the operator's settings say to decisions. */
export interface SiteRules {
  readonly registration: 'open' | 'invite' | 'closed';
  readonly anonymousRead: boolean;
}

/** Whether limits leave the act to a token. What strangers may read no limit hides. */
function isCovered(grants: Grants | null, action: Action, target: Target, isOpen: boolean): boolean {
  const need = needOf(action);
  if (target.on !== 'package') return coversSite(grants, need);
  return (isOpen && need === 'read') || coversPackage(grants, need, target.name);
}

/** The link to the first staff account counts always; others where the operator has not closed the registry. */
async function isInvited(tx: Reading, secret: string | undefined, rules: SiteRules): Promise<boolean> {
  if (secret === undefined) return false;
  const kind = await findInvitation(tx, secret);
  return kind === 'staff' || (kind === 'account' && rules.registration !== 'closed');
}

/** Reads, in this transaction, all that a decision needs. Fails with `credential_invalid` when the token died meanwhile. */
export async function readFacts(
  tx: Reading,
  rules: SiteRules,
  told: {
    actor: Actor;
    action: Action;
    target: Target;
    password: ProvenPassword | null;
    factorProven: boolean;
    /** The security key that did, if one did. */
    key?: ProvenKey | null;
    /** The secret of a link that came with the act. */
    invitation?: string | undefined;
  },
): Promise<Facts> {
  const { actor, action, target, password } = told;
  const acting = actor.account ?? password?.account ?? null;
  const account = acting ? await readAccountFacts(tx, acting.id) : undefined;
  const session = actor.session === null ? null : await readSessionFacts(tx, actor.session);
  if (session && !session.alive) fail('session_ended');
  const token = actor.token === null ? null : await readTokenFacts(tx, actor.token);
  if (token && !token.alive) fail('credential_invalid');
  const standing =
    target.on === 'package'
      ? await readStanding(tx, target.name, acting)
      : { standing: 'hidden' as const, isPublic: false, requiresFactor: false, bypassAllowed: true };
  return {
    credential: actor.credential,
    account: account ? { mode: account.mode, frozen: account.frozen } : null,
    addressAllowed: actor.addressAllowed,
    tokenSuspended: token?.suspended ?? false,
    tokenGuarded: token?.guarded ?? false,
    covered: isCovered(
      token ? token.grants : actor.grants,
      action,
      target,
      standing.isPublic && rules.anonymousRead,
    ),
    passwordProven: password !== null && account?.passwordVersion === password.passwordVersion,
    factorProven: told.factorProven,
    oldKeyProven: told.key && acting ? await isSeasoned(tx, acting.id, told.key) : false,
    factorFresh: session?.factorFresh ?? false,
    passwordFresh: session?.passwordFresh ?? false,
    standing: standing.standing,
    packageRule: { requiresFactor: standing.requiresFactor, bypassAllowed: standing.bypassAllowed },
    hold: acting && heldBy(action) !== 'nothing' ? await readHold(tx, acting.id) : null,
    staff: account?.staff ?? false,
    registration: rules.registration,
    invited: policy[action].who === 'newcomer' && (await isInvited(tx, told.invitation, rules)),
    anonymousRead: rules.anonymousRead,
  };
}
