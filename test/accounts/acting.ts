import { createAccount } from '../../src/accounts/accounts.ts';
import { hashPassword } from '../../src/accounts/passwords.ts';
import type { Actor } from '../../src/policy/actor.ts';
import type { Permit } from '../../src/policy/permit.ts';
import { mintPermit } from '../../src/policy/permit-mint.ts';
import type { Action } from '../../src/policy/policy.ts';
import { readOutbox } from '../support/outbox.ts';
import { createRandom } from '../support/ports.ts';
import type { TestStore } from '../support/stores.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
}

/** A password that satisfies every rule. */
export const goodPassword = 'four lamps on a barge';

/** A request without a credential. */
const stranger = (told: Partial<Actor> = {}): Actor => ({
  credential: 'anonymous',
  account: null,
  token: null,
  session: null,
  device: null,
  dead: null,
  addressAllowed: true,
  grants: null,
  address: '198.51.100.7',
  userAgent: 'npm/11.0.0 node/v24.0.0',
  requestId: 'request-1',
  code: null,
  claim: null,
  notice: null,
  receivedAt: 0,
  ...told,
});

/** The right that the gate would mint. */
export function permitFor<A extends Action>(
  action: A,
  account: Person | null,
  told: Partial<Actor> = {},
): Permit<A> {
  const actor = stranger({ account, credential: account ? 'session' : 'anonymous', ...told });
  const target = { on: 'account', name: account?.name ?? '' } as const;
  return mintPermit<A>({ action, actor, account, target, factor: 'none' });
}

/** An account with a cheap hash of the good password, so that tests about other things are quick. */
export async function createPerson({ store, vault }: TestStore, name = 'hannah'): Promise<Person> {
  const cost = { memory: 64, passes: 1, parallelism: 1 };
  const password = await hashPassword({ vault, random: createRandom(name) }, goodPassword, cost);
  const ready = { name, email: `${name}@example.com`, password };
  return store.write((tx) => createAccount(tx, permitFor('account.create', null), ready));
}

/** Whom mails wait for and about what: oldest first, those of one instant by subject and address. */
export async function waitingMails({
  store,
}: TestStore): Promise<{ to: string; what: string; text: string }[]> {
  const mails = (await readOutbox(store)).map(({ to, what, paragraphs, createdAt }) => ({
    mail: { to, what, text: paragraphs.join('\n') },
    order: `${createdAt} ${what} ${to}`,
  }));
  mails.sort((left, right) => (left.order < right.order ? -1 : 1));
  return mails.map(({ mail }) => mail);
}
