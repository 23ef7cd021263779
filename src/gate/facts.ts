import type { ProvenPassword } from '../accounts/proving.ts';
import { fail } from '../kernel/failure.ts';
import { readStanding } from '../packages/standing.sql.ts';
import type { Actor, Target } from '../policy/actor.ts';
import type { Facts } from '../policy/decide.ts';
import type { Reading } from '../store/store.ts';
import { readAccountFacts, readTokenFacts } from './facts.sql.ts';

/** What the operator's settings say to decisions. */
export interface SiteRules {
  readonly registration: 'open' | 'invite' | 'closed';
  readonly anonymousRead: boolean;
}

/** Reads, in this transaction, all that a decision needs. Fails with `credential_invalid` when the token died meanwhile. */
export async function readFacts(
  tx: Reading,
  rules: SiteRules,
  told: { actor: Actor; target: Target; password: ProvenPassword | null; factorProven: boolean },
): Promise<Facts> {
  const { actor, target, password } = told;
  const acting = actor.account ?? password?.account ?? null;
  const account = acting ? await readAccountFacts(tx, acting.id) : undefined;
  const token = actor.token === null ? null : await readTokenFacts(tx, actor.token);
  if (token && !token.alive) fail('credential_invalid');
  const standing =
    target.on === 'package'
      ? await readStanding(tx, target.name, acting)
      : { standing: 'hidden' as const, requiresFactor: false, bypassAllowed: true };
  return {
    credential: actor.credential,
    account: account ? { mode: account.mode, frozen: account.frozen } : null,
    addressAllowed: actor.addressAllowed,
    tokenSuspended: token?.suspended ?? false,
    covered: actor.packages === null || (target.on === 'package' && actor.packages.includes(target.name)),
    passwordProven: password !== null && account?.passwordVersion === password.passwordVersion,
    factorProven: told.factorProven,
    standing: standing.standing,
    packageRule: { requiresFactor: standing.requiresFactor, bypassAllowed: standing.bypassAllowed },
    staff: account?.staff ?? false,
    registration: rules.registration,
    anonymousRead: rules.anonymousRead,
  };
}
