/** Rows of the log about an account that the gate does not know yet while it acts: nobody was signed in. */
import { record } from '../ledger/audit.ts';
import type { Actor } from '../policy/actor.ts';
import type { Writing } from '../store/store.ts';

/** Writes down that an account did something to itself, from where the actor is. */
export const recordOfAccount = (
  tx: Writing,
  { address, userAgent, requestId }: Actor,
  account: { readonly id: string; readonly name: string },
  told: { readonly action: string; readonly factor?: string },
): Promise<void> =>
  record(tx, {
    ...told,
    outcome: 'done',
    account: account.id,
    actor: account.name,
    actorKind: 'account',
    address: address ?? undefined,
    userAgent,
    requestId,
    target: account.name,
  });
