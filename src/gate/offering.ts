/** Offers a page to clients that can open one, where an act was refused for want of a factor (LK5). */
import { findAccount } from '../accounts/accounts.ts';
import { openProof } from '../accounts/handoffs.ts';
import { credentialOf } from '../factors/spent.ts';
import { Failure, isFailure } from '../kernel/failure.ts';
import type { Actor } from '../policy/actor.ts';
import type { Action } from '../policy/policy.ts';
import type { Store } from '../store/store.ts';
import type { Act, Gate } from './gate.ts';

/** Where clients and people find what is offered. */
export interface OfferRules {
  /** Without a slash at its end. */
  readonly publicUrl: string;
}

/** The page of a request, and where its client asks for the outcome (contract.md, hand-offs of the CLI). */
export const pagesOf = (
  publicUrl: string,
  kind: 'login' | 'auth',
  { page, done }: { readonly page: string; readonly done: string },
): { page: string; done: string } => ({
  page: `${publicUrl}/${kind}/cli/${page}`,
  done: `${publicUrl}/-/v1/done?authId=${done}`,
});

/** Clients whose credential can wait for a page: those with an access token, and those that log in with a password. */
const canWait = (actor: Actor, action: Action): boolean =>
  actor.token !== null || (actor.claim !== null && action === 'account.login');

/** The same gate; it offers pages in a transaction of its own, after the refusal. */
export function offerPages(gate: Gate, store: Store, { publicUrl }: OfferRules): Gate {
  const offer = async (
    actor: Actor,
    { action, subject }: { action: Action; subject: string },
    refused: boolean,
  ): Promise<Failure | undefined> => {
    const { claim } = actor;
    const account =
      actor.account ??
      (claim === null ? undefined : await store.read((tx) => findAccount(tx, claim.name))) ??
      undefined;
    if (account === undefined) return undefined;
    const challenged = { account, actor, credential: credentialOf(actor), action, subject };
    const ids = await store.write((tx) => openProof(tx, challenged), {
      serialise: [`account:${account.id}`],
    });
    const { page: authUrl, done: doneUrl } = pagesOf(publicUrl, 'auth', ids);
    return new Failure('otp_offered', { authUrl, doneUrl, refused });
  };

  const perform = async <A extends Action, P, T>(actor: Actor, act: Act<A, P, T>): Promise<T> => {
    try {
      return await gate.perform<A, P, T>(actor, act);
    } catch (thrown) {
      const isRefused = isFailure(thrown, 'otp_refused');
      if (!isRefused && !isFailure(thrown, 'otp_required')) throw thrown;
      const { action, subject, opensPages = false } = act;
      if (!opensPages || subject === undefined || !canWait(actor, action)) throw thrown;
      throw (await offer(actor, { action, subject }, isRefused)) ?? thrown;
    }
  };
  return { ...gate, perform };
}
