import { withinBudget } from '../../src/factors/budget.ts';
import { confirmFactor, disableFactor, enableFactor, type FactorMode } from '../../src/factors/enrol.ts';
import { spendCode } from '../../src/factors/spend.ts';
import { codeAt, stepAt } from '../../src/factors/totp.ts';
import { decodeBase32 } from '../../src/kernel/base32.ts';
import { Failure } from '../../src/kernel/failure.ts';
import { mintToken } from '../../src/kernel/secrets.ts';
import type { Actor } from '../../src/policy/actor.ts';
import type { Permit, ProvenFactor } from '../../src/policy/permit.ts';
import { mintPermit } from '../../src/policy/permit-mint.ts';
import type { Action } from '../../src/policy/policy.ts';
import type { Store } from '../../src/store/store.ts';
import { readOutbox } from '../support/outbox.ts';
import { createRandom } from '../support/ports.ts';
import type { TestStore } from '../support/stores.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
}

/** An account without a second factor. */
export async function createPerson({ store }: TestStore, name = 'ada'): Promise<Person> {
  const id = `account-${name}`;
  await store.write(async (tx) => {
    await tx.sql.insertInto('names').values({ name, kind: 'account', created_at: tx.now }).execute();
    await tx.sql
      .insertInto('accounts')
      .values({
        id,
        name,
        email: `${name}@example.com`,
        password: 'a hash',
        password_version: 1,
        mode: 'auth-and-writes',
        staff: 0,
        created_at: tx.now,
        updated_at: tx.now,
      })
      .execute();
  });
  return { id, name };
}

/** A token of the account that really is in the store. */
export async function createTokenFor({ store }: TestStore, person: Person, id: string): Promise<string> {
  await store.write(async (tx) => {
    const hash = mintToken(createRandom(id));
    await tx.sql
      .insertInto('tokens')
      .values({
        id,
        account_id: person.id,
        hash,
        prefix: hash.slice(0, 8),
        kind: 'session',
        warnings: 0,
        created_at: tx.now,
        updated_at: tx.now,
      })
      .execute();
  });
  return id;
}

/** A request of the person's, its headers arriving now. */
export function actorOf({ clock }: TestStore, person: Person, told: Partial<Actor> = {}): Actor {
  return {
    credential: 'session',
    account: person,
    token: 'token-1',
    session: null,
    device: null,
    dead: null,
    addressAllowed: true,
    grants: null,
    address: '198.51.100.7',
    userAgent: 'npm/11.0.0',
    requestId: 'request-1',
    code: null,
    claim: null,
    notice: null,
    receivedAt: clock.now(),
    ...told,
  };
}

export function permitFor<A extends Action>(
  action: A,
  actor: Actor,
  person: Person,
  factor: ProvenFactor = 'none',
): Permit<A> {
  return mintPermit<A>({
    action,
    actor,
    account: person,
    target: { on: 'account', name: person.name },
    factor,
  });
}

export interface Present {
  readonly code: string;
  readonly action?: Action;
  readonly actor?: Partial<Actor>;
  /** Another process than the first. */
  readonly store?: Store;
  /** What happens in the transaction after the code was spent. */
  readonly work?: () => void;
}

/** A person with an app and recovery codes, who presents codes as the gate does. */
export class Holder {
  readonly #world: TestStore;
  readonly person: Person;
  readonly secret: Buffer;
  readonly recoveryCodes: readonly string[];

  constructor(world: TestStore, person: Person, secret: Buffer, recoveryCodes: readonly string[]) {
    this.#world = world;
    this.person = person;
    this.secret = secret;
    this.recoveryCodes = recoveryCodes;
  }

  /** The app's code now, or so many steps away. */
  code(offset = 0): string {
    return codeAt(this.secret, stepAt(this.#world.clock.now()) + offset);
  }

  /** Codes that are right at no step near now. */
  wrong(count: number): string[] {
    const right = [-2, -1, 0, 1, 2].map((offset) => this.code(offset));
    const codes = Array.from({ length: count + right.length }, (_, index) => String(index).padStart(6, '0'));
    return codes.filter((code) => !right.includes(code)).slice(0, count);
  }

  recoveryCode(index = 0): string {
    return this.recoveryCodes[index] ?? '';
  }

  /** What opened the door, or the failure's code that kept it shut. */
  async present({ code, action = 'package.publish', actor: told, store, work }: Present): Promise<string> {
    const actor = actorOf(this.#world, this.person, told);
    const target = store ?? this.#world.store;
    const account = this.person;
    try {
      return await withinBudget(target, { account: account.id, actor, code }, () =>
        target.write(
          async (tx) => {
            const factor = await spendCode(tx, { account, actor, action, code });
            work?.();
            return factor;
          },
          { serialise: [`account:${account.id}`] },
        ),
      );
    } catch (thrown) {
      if (thrown instanceof Failure) return thrown.code;
      throw thrown;
    }
  }
}

export const secretOf = (uri: string): Buffer =>
  decodeBase32(new URL(uri).searchParams.get('secret') ?? '') ?? Buffer.alloc(0);

export function begin(world: TestStore, person: Person, mode: FactorMode, told: Partial<Actor> = {}) {
  const permit = permitFor('factor.enable', actorOf(world, person, told), person);
  return world.store.write((tx) => enableFactor(tx, permit, { mode, issuer: 'Test' }));
}

export async function confirm(world: TestStore, person: Person, code: string, told: Partial<Actor> = {}) {
  const actor = actorOf(world, person, told);
  const permit = permitFor('factor.confirm', actor, person);
  return withinBudget(world.store, { account: person.id, actor, code }, () =>
    world.store.write((tx) => confirmFactor(tx, permit, { code })),
  );
}

export function disable(world: TestStore, person: Person, factor: ProvenFactor, told: Partial<Actor> = {}) {
  const permit = permitFor('factor.disable', actorOf(world, person, told), person, factor);
  return world.store.write((tx) => disableFactor(tx, permit));
}

/** An account with the second factor on; its first code is spent and a minute has passed since. */
export async function createHolder(world: TestStore, name = 'ada'): Promise<Holder> {
  const person = await createPerson(world, name);
  const begun = await begin(world, person, 'auth-and-writes');
  const secret = secretOf(begun.step === 'scan' ? begun.uri : '');
  const codes = await confirm(world, person, codeAt(secret, stepAt(world.clock.now())));
  world.clock.advance(60_000);
  return new Holder(world, person, secret, codes);
}

/** The subjects of all mails that wait, oldest first. */
export const subjects = async ({ store }: TestStore): Promise<string[]> =>
  (await readOutbox(store)).map(({ what }) => what);
