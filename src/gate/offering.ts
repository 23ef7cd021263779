/**
 * Offers pages where an act was refused for want of a factor (LK5): one to approve it on, to clients that can open it and
 * wait; one that shows a code to type, to the others, where the account has a security key.
 */
import { findAccount } from '../accounts/accounts.ts';
import { openProof } from '../accounts/handoffs.ts';
import { keySiteOf } from '../factors/keys-site.ts';
import { readFactorKinds } from '../factors/overview.ts';
import { credentialOf } from '../factors/spent.ts';
import { takesTypedCode } from '../factors/typed-codes.ts';
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

/** Where a touch of a security key gives a code to type, for whoever is signed in; the act is chosen (site/settings/keys.tsx). */
const codePage = (action: Action): string => `/settings/~/authentication/code?act=${action}`;

/** The same gate; it offers pages in a transaction of its own, after the refusal. */
export function offerPages(gate: Gate, store: Store, { publicUrl }: OfferRules): Gate {
  const hasKeySite = keySiteOf(publicUrl, '') !== null;

  /** Whose factor is wanted; a claimed name is right by then, since its password was. */
  const challengedOf = async ({ account, claim }: Actor): Promise<Actor['account'] | undefined> =>
    account ??
    (claim === null ? undefined : await store.read((tx) => findAccount(tx, claim.name))) ??
    undefined;

  const pointToCode = async (
    actor: Actor,
    action: Action,
    refused: boolean,
  ): Promise<Failure | undefined> => {
    if (!hasKeySite || !takesTypedCode(action)) return undefined;
    const account = await challengedOf(actor);
    if (!account || !(await store.read((tx) => readFactorKinds(tx, account.id))).keys) return undefined;
    return new Failure('otp_on_page', { page: publicUrl + codePage(action), refused });
  };

  const offer = async (
    actor: Actor,
    { action, subject }: { action: Action; subject: string },
    refused: boolean,
  ): Promise<Failure | undefined> => {
    const account = await challengedOf(actor);
    if (!account) return undefined;
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
      // The website's own forms name no subject: they ask for a key themselves.
      if (subject === undefined) throw thrown;
      const instead =
        opensPages && canWait(actor, action)
          ? await offer(actor, { action, subject }, isRefused)
          : await pointToCode(actor, action, isRefused);
      throw instead ?? thrown;
    }
  };
  return { ...gate, perform };
}
