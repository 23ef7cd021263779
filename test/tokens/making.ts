import { createRecogniser } from '../../src/tokens/recognise.ts';
import type { NewToken } from '../../src/tokens/token.ts';
import { createToken, listTokens, prepareToken, signIn, type TokenWish } from '../../src/tokens/tokens.ts';
import { createPerson, type Person, permitFor } from '../accounts/acting.ts';
import { createLog } from '../support/ports.ts';
import type { OpenStore, TestStore } from '../support/stores.ts';

const minute = 60_000;
const hour = 60 * minute;
export const day = 24 * hour;
export const rules = {
  loginIdle: 14 * day,
  loginLife: 90 * day,
  life: 90 * day,
  lifeMax: 365 * day,
  overlap: day,
} as const;

export const create = (
  { store }: TestStore,
  person: Person,
  wish: Partial<TokenWish> = {},
  told: { address?: string } = {},
): Promise<NewToken> => {
  const ready = prepareToken({ kind: 'publish', ...wish }, rules);
  return store.write((tx) => createToken(tx, permitFor('token.create', person, told), ready, rules));
};

export const login = (
  { store }: TestStore,
  person: Person,
  told: { address?: string } = {},
): Promise<NewToken> =>
  store.write((tx) => signIn(tx, permitFor('account.login', person, told), person, rules));

export const list = ({ store }: TestStore, person: Person, page = 0, perPage = 10) =>
  store.read((tx) => listTokens(tx, person.id, { page, perPage }));

/** A recogniser whose monotonic clock a test moves. */
export function recogniserOf(store: TestStore['store'], clock: TestStore['clock']) {
  const time = { now: 0 };
  const recogniser = createRecogniser(store, { log: createLog(), monotonic: () => time.now });
  return {
    time,
    recogniser,
    recognise: (token: string) => recogniser.recognise(token, { address: '198.51.100.7', at: clock.now() }),
  };
}

/** A store with one account. */
export async function openWorld(open: OpenStore): Promise<TestStore & { person: Person }> {
  const world = await open();
  return { ...world, person: await createPerson(world) };
}
