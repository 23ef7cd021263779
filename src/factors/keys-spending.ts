/**
 * Spending what a security key answered: once, with the act that it opens, or not at all (WA2, WA5). First
 * `presentAssertion` outside of any transaction, then `spendAssertion` inside the one that acts, with
 * `withinAssertion` around that.
 */
import { type AddressRules, checkFailures, countFailure } from '../accounts/guesses.ts';
import { isFailure } from '../kernel/failure.ts';
import type { Actor } from '../policy/actor.ts';
import type { ProvenKey } from '../policy/permit.ts';
import type { Action } from '../policy/policy.ts';
import type { Store, Writing } from '../store/store.ts';
import { liftBar } from './budget.ts';
import { takeCeremony } from './ceremonies.sql.ts';
import { type Ceremony, type CeremonyWish, findCeremony } from './ceremonies.ts';
import { markPossibleCopy, raiseCounter, readKey, readKeyByCredential } from './keys.sql.ts';
import { mailPossibleCopy } from './keys-mails.ts';
import { readAssertion, readClientData, readRegistration, refuseKey } from './keys-response.ts';
import type { KeySite } from './keys-site.ts';
import {
  type CheckedAssertion,
  type CheckedRegistration,
  checkAssertion,
  checkRegistration,
} from './keys-verification.ts';

/** A key that is refused again and again is mailed about once a day, in milliseconds. */
const mailedEvery = 24 * 60 * 60_000;

/** One challenge, one try: a wrong answer uses it up as well. */
async function once<T>(store: Store, { hash }: Ceremony, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (thrown) {
    if (isFailure(thrown, 'key_refused')) await store.write((tx) => takeCeremony(tx, hash));
    throw thrown;
  }
}

/**
 * Checks the browser's answer to `beginRegistration`, as it came (JSON), against what was expected. Fails with
 * `key_refused` whatever is wrong with it.
 */
export async function presentRegistration(
  store: Store,
  site: KeySite,
  expected: CeremonyWish & { purpose: 'register' },
  answer: unknown,
): Promise<CheckedRegistration> {
  const response = readRegistration(answer);
  const told = readClientData(response.response.clientDataJSON);
  const ceremony = await store.read((tx) => findCeremony(tx, expected, told));
  return once(store, ceremony, () => checkRegistration(site, ceremony, response));
}

/** Where an answer came from: failures are counted by address alone, so that nobody's key is shut by others (WA7). */
export interface KeySource {
  readonly address: string | null;
  readonly rules: AddressRules;
}

async function presentUncounted(
  store: Store,
  site: KeySite,
  expected: Exclude<CeremonyWish, { purpose: 'register' }>,
  answer: unknown,
): Promise<CheckedAssertion> {
  const response = readAssertion(answer);
  const told = readClientData(response.response.clientDataJSON);
  const { ceremony, key } = await store.read(async (tx) => ({
    ceremony: await findCeremony(tx, expected, told),
    key: await readKeyByCredential(tx, response.id),
  }));
  return once(store, ceremony, async () =>
    checkAssertion(site, { ceremony, key: key ?? refuseKey('the credential is unknown') }, response),
  );
}

/**
 * Checks the browser's answer to `beginAssertion`, as it came (JSON), against what was expected. Fails with `key_refused`
 * whatever is wrong with it, and with `too_many_attempts` when too many from one address were.
 */
export async function presentAssertion(
  store: Store,
  site: KeySite,
  expected: Exclude<CeremonyWish, { purpose: 'register' }>,
  answer: unknown,
  { address, rules }: KeySource,
): Promise<CheckedAssertion> {
  await checkFailures(store, 'key', address, rules);
  try {
    return await presentUncounted(store, site, expected, answer);
  } catch (thrown) {
    if (isFailure(thrown, 'key_refused')) await countFailure(store, 'key', address);
    throw thrown;
  }
}

/** What an answer is spent on. */
export interface KeySpending {
  readonly account: { readonly id: string };
  readonly actor: Actor;
  readonly action: Action;
}

/**
 * A verification of the user counts for a sign-in with the key alone from the day on which it came together with the
 * password (WebAuthn Level 3 §4, `uvInitialized`).
 */
const provesVerification = ({ ceremony, userVerified }: CheckedAssertion): boolean =>
  userVerified && ceremony.purpose === 'second-factor';

/** What an answer opens that was asked for on the way in; any other act has an operation of its own. */
const signIns: readonly Action[] = ['account.login', 'account.signIn', 'account.finishSignIn'];

const isFor = ({ operation }: Ceremony, action: Action): boolean =>
  operation === null ? signIns.includes(action) : operation === action;

/**
 * Spends a checked answer for an act: its challenge is used up and the key's counter rises, both exactly when the act is
 * done. Fails with `key_refused` when the challenge was used up, when the answer was for another account or operation,
 * when the key is gone, or when its counter did not rise. Only the owner has the key, so a bar on the app's codes is lifted.
 */
export async function spendAssertion(
  tx: Writing,
  checked: CheckedAssertion,
  { account, action }: KeySpending,
): Promise<ProvenKey> {
  const { ceremony, key, counter, backupEligible, backedUp } = checked;
  if (checked.account.id !== account.id) refuseKey('the credential is of another account');
  if (!isFor(ceremony, action)) refuseKey('the challenge is for another operation');
  if (!(await takeCeremony(tx, ceremony.hash))) refuseKey('the challenge is unknown, used or old');
  const use = { key: key.id, counter, backupEligible, backedUp, uv: provesVerification(checked) };
  if (!(await raiseCounter(tx, use))) refuseKey('the counter did not rise, or the key is gone');
  await liftBar(tx, account.id);
  return { id: key.id, addedAt: key.createdAt, verified: checked.userVerified };
}

/** Notes what a refusal tells: the challenge is used up, and a counter that did not rise may mean a copy. */
async function settleRefused(tx: Writing, checked: CheckedAssertion, actor: Actor): Promise<void> {
  const { account, ceremony, counter } = checked;
  // Somebody was faster with this very answer: that is a replay, which says nothing about the key.
  if (!(await takeCeremony(tx, ceremony.hash))) return;
  const key = await readKey(tx, account.id, checked.key.id);
  if (!key || counter > key.counter || (counter === 0 && key.counter === 0)) return;
  if (await markPossibleCopy(tx, key.id, tx.now - mailedEvery))
    await mailPossibleCopy(tx, account.id, actor, key.name);
}

/**
 * Does what spends an answer (`work`). Where that is refused, the challenge is used up all the same, and a counter that did
 * not rise marks the key as possibly copied and mails its owner, in a transaction of its own (WA5).
 */
export async function withinAssertion<T>(
  store: Store,
  checked: CheckedAssertion,
  actor: Actor,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (isFailure(thrown, 'key_refused'))
      await store.write((tx) => settleRefused(tx, checked, actor), {
        serialise: [`account:${checked.account.id}`],
      });
    throw thrown;
  }
}
