import { beginAssertion, beginRegistration, type CeremonyWish } from '../../src/factors/ceremonies.ts';
import { type AddedKey, addKey, listKeys } from '../../src/factors/keys.ts';
import { type KeySite, keySiteOf } from '../../src/factors/keys-site.ts';
import {
  presentAssertion,
  presentRegistration,
  spendAssertion,
  withinAssertion,
} from '../../src/factors/keys-spending.ts';
import type { CheckedAssertion } from '../../src/factors/keys-verification.ts';
import { Failure } from '../../src/kernel/failure.ts';
import type { ProvenFactor } from '../../src/policy/permit.ts';
import type { Action } from '../../src/policy/policy.ts';
import type { Store } from '../../src/store/store.ts';
import { Authenticator, type Forgery, type Make } from '../support/authenticator.ts';
import type { TestStore } from '../support/stores.ts';
import { actorOf, createPerson, type Person, permitFor } from './people.ts';

export const site: KeySite = keySiteOf('http://localhost:4873', 'Tallystick') ?? {
  id: '',
  origin: '',
  name: '',
};

/** Nothing is limited but what a test limits. */
export const source = {
  address: '198.51.100.7',
  rules: { passwordLimit: 'off', signupLimit: 'off', loopbackExempt: false },
} as const;

/** The failure's code and why, or "no failure". */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'no failure';
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return thrown.cause === undefined ? thrown.code : `${thrown.code}: ${thrown.cause}`;
  }
}

export type AssertionWish = Exclude<CeremonyWish, { purpose: 'register' }>;

export interface Registering {
  readonly forgery?: Forgery;
  readonly name?: string;
  readonly session?: string;
  readonly factor?: ProvenFactor;
  readonly wish?: { mode: 'auth-only' | 'auth-and-writes' };
}

/** Registers an authenticator as the page does: options, answer, check, add. */
export async function register(
  world: TestStore,
  person: Person,
  authenticator: Authenticator,
  told: Registering = {},
): Promise<AddedKey> {
  const { store } = world;
  const expected = { purpose: 'register', account: person, session: told.session ?? 'a session' } as const;
  const options = await store.write((tx) => beginRegistration(tx, site, expected));
  const answer = authenticator.register(options, told.forgery);
  const checked = await presentRegistration(store, site, expected, answer);
  const permit = permitFor('factor.addKey', actorOf(world, person), person, told.factor);
  return store.write((tx) => addKey(tx, permit, checked, { name: told.name ?? 'my key', ...told.wish }));
}

/** A step-up to a new access token. */
export const stepUp = (account: Person, change: { operation?: Action; session?: string } = {}) =>
  ({ purpose: 'step-up', operation: 'token.create', account, session: 'a session', ...change }) as const;

export const secondStep = (account: Person) =>
  ({ purpose: 'second-factor', account, session: 'a half session' }) as const;

export const passkeySignIn = { purpose: 'sign-in', account: null, session: 'a stranger' } as const;

/** Asks for a key and checks what it answers. */
export async function assert(
  world: TestStore,
  authenticator: Authenticator,
  wish: AssertionWish,
  forgery: Forgery = {},
): Promise<CheckedAssertion> {
  const options = await world.store.write((tx) => beginAssertion(tx, site, wish));
  return presentAssertion(world.store, site, wish, authenticator.answer(options, forgery), source);
}

/** Spends what was checked, on another process than the first where one is named. */
export function spend(
  world: TestStore,
  person: Person,
  checked: CheckedAssertion,
  { action = 'token.create', store = world.store }: { action?: Action; store?: Store } = {},
): Promise<string> {
  const actor = actorOf(world, person);
  return withinAssertion(store, checked, actor, () =>
    store.write(
      async (tx) => {
        const key = await spendAssertion(tx, checked, { account: person, actor, action });
        return key.id === checked.key.id ? 'security-key' : 'another key';
      },
      { serialise: [`account:${person.id}`] },
    ),
  );
}

/** Everything at once: ask, answer, check, spend; what opened the door, or why it stayed shut. */
export async function use(
  world: TestStore,
  person: Person,
  authenticator: Authenticator,
  forgery: Forgery = {},
): Promise<string> {
  try {
    return await spend(world, person, await assert(world, authenticator, stepUp(person), forgery));
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return `${thrown.code}: ${thrown.cause}`;
  }
}

/** An account with one key and nothing else. */
export async function createKeyHolder(world: TestStore, person: Person, make: Make = {}) {
  const authenticator = new Authenticator({ seed: `of ${person.name}`, ...make });
  const { id, recoveryCodes } = await register(world, person, authenticator);
  return { authenticator, key: id, recoveryCodes: recoveryCodes ?? [] };
}

/** The first key of an account as its owner sees it. */
export const keyOf = async (world: TestStore, person: Person) =>
  (await world.store.read((tx) => listKeys(tx, person.id)))[0];

export const ask = (world: TestStore, wish: AssertionWish) =>
  world.store.write((tx) => beginAssertion(tx, site, wish));

export const present = (world: TestStore, wish: AssertionWish, answer: unknown) =>
  presentAssertion(world.store, site, wish, answer, source);

/** A fresh store with one account and its key. */
export async function keyWorld(open: () => Promise<TestStore>, make: Make = {}) {
  const world = await open();
  const person = await createPerson(world);
  return { world, person, ...(await createKeyHolder(world, person, make)) };
}
