import { hashSecret } from '../kernel/secrets.ts';
import type { AuditEntry } from '../ledger/audit.ts';
import type { Actor, Target } from '../policy/actor.ts';
import type { Action } from '../policy/policy.ts';

const kindOf = (actor: Actor, known: boolean): AuditEntry['actorKind'] => {
  if (actor.credential === 'console') return 'console';
  return known ? 'account' : 'stranger';
};

/** The audit entry of an act at the gate: who, what, to what, from where, and how it ended (AU2). */
export function describeAct(
  actor: Actor,
  account: { id: string; name: string } | null,
  action: Action,
  target: Target,
  end: Pick<AuditEntry, 'outcome' | 'factor' | 'reason'>,
): AuditEntry {
  return {
    action,
    ...end,
    account: account?.id,
    actor: account?.name ?? actor.claim?.name,
    actorKind: kindOf(actor, account !== null),
    tokenKey: actor.token ?? actor.deadOf?.token,
    sessionHash: actor.session === null ? undefined : hashSecret(actor.session),
    address: actor.address ?? undefined,
    userAgent: actor.userAgent,
    requestId: actor.requestId,
    target: target.on === 'site' ? undefined : target.name,
  };
}
