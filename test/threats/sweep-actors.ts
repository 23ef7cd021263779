/** Everybody who could stand before a route, made straight in the store, and what is true of them. */
import { insertTotp, removeFactors, removePending, setMode } from '../../src/factors/factors.sql.ts';
import { removeRecoveryCodes } from '../../src/factors/recovery-codes.sql.ts';
import { codeAt, stepAt, totpBinding } from '../../src/factors/totp.ts';
import type { CredentialKind } from '../../src/policy/actor.ts';
import type { Mode } from '../../src/policy/decide.ts';
import type { Grants } from '../../src/policy/grants.ts';
import type { Hold, HoldKind } from '../../src/policy/hold.ts';
import { createToken, prepareToken, signIn } from '../../src/tokens/tokens.ts';
import { createPerson, goodPassword, type Person, permitFor } from '../accounts/acting.ts';
import { basic } from '../accounts/wire.ts';
import type { TestApp } from '../support/app.ts';
import { rules } from '../tokens/making.ts';

/** What a limited token is given here: everything, or one package that is none of the targets. */
const everything: Grants = {
  all: true,
  packages: [],
  scopes: [],
  permission: 'read-write',
  organisations: [],
  organisationsPermission: 'no-access',
};
const elsewhere: Grants = { ...everything, all: false, packages: ['elsewhere'] };
const onlyReading: Grants = { ...everything, permission: 'read-only' };

type Spoilt = 'foreign address' | 'suspended' | 'revoked' | 'expired' | 'idle';

/** Somebody, as the table below describes them. */
export interface Cast {
  readonly title: string;
  readonly credential: CredentialKind;
  readonly mode: Mode;
  readonly grants: Grants | null;
  readonly spoilt: Spoilt | null;
  readonly frozen: boolean;
  readonly hold: HoldKind | null;
  readonly staff: boolean;
}

const cast = (title: string, credential: CredentialKind, mode: Mode, told: Partial<Cast> = {}): Cast => ({
  title,
  credential,
  mode,
  grants: credential === 'automation' || credential === 'granular' ? everything : null,
  spoilt: null,
  frozen: false,
  hold: null,
  staff: false,
  ...told,
});

/** The hold of those who are held, whatever its kind. */
export const aHold: Hold = {
  kind: 'full',
  reason: 'recovery-code',
  since: Date.UTC(2026, 0, 1),
  until: Date.UTC(2027, 0, 1),
};

export const aFounder = cast('the founder', 'session', 'off');

const strictest = 'auth-and-writes';

export const everybody: readonly Cast[] = [
  cast('a stranger', 'anonymous', 'off'),
  ...(['off', 'auth-only', strictest] as const).flatMap((mode) => [
    cast(`a login token (${mode})`, 'session', mode),
    cast(`a publish token (${mode})`, 'publish', mode),
    cast(`an automation token (${mode})`, 'automation', mode),
    cast(`a granular token (${mode})`, 'granular', mode),
  ]),
  cast('a read-only token', 'readonly', strictest),
  cast('a granular token for another package', 'granular', strictest, { grants: elsewhere }),
  cast('an automation token for another package', 'automation', strictest, { grants: elsewhere }),
  cast('a granular token that reads', 'granular', 'off', { grants: onlyReading }),
  cast('a name and password', 'password', 'off'),
  cast('a name and password, with a second factor', 'password', strictest),
  cast('a login token of staff', 'session', strictest, { staff: true }),
  cast('a publish token from a foreign address', 'publish', 'off', { spoilt: 'foreign address' }),
  cast('a granular token from a foreign address', 'granular', strictest, { spoilt: 'foreign address' }),
  cast('a suspended publish token', 'publish', strictest, { spoilt: 'suspended' }),
  cast('a revoked login token', 'session', 'off', { spoilt: 'revoked' }),
  cast('an expired publish token', 'publish', strictest, { spoilt: 'expired' }),
  cast('an idle login token', 'session', 'off', { spoilt: 'idle' }),
  cast('a login token of a held account', 'session', strictest, { hold: 'full' }),
  cast('a login token of a held account without a second factor', 'session', 'off', { hold: 'full' }),
  cast('a publish token of an account that may not widen', 'publish', strictest, { hold: 'widening' }),
  cast('a name and password of an account that may not widen', 'password', strictest, { hold: 'widening' }),
  cast('a login token of a frozen account', 'session', 'off', { frozen: true }),
  cast('a publish token of a frozen account', 'publish', strictest, { frozen: true }),
];

const secret = Buffer.from('a secret for all of them');

/** Somebody with an account and a credential of their own. */
export interface Player extends Cast {
  readonly person: Person;
  readonly headers: Record<string, string>;
  /** By which the token is known; empty where there is none. */
  readonly tokenKey: string;
  /** The instant at which the credential's life ended, where it did. */
  readonly endedAt: number | null;
}

export const codeNow = ({ clock }: TestApp): string => codeAt(secret, stepAt(clock.now()));

/** Six digits that are not good within minutes of now. */
export function wrongCode({ clock }: TestApp): string {
  const step = stepAt(clock.now());
  const good = [-3, -2, -1, 0, 1, 2, 3].map((offset) => codeAt(secret, step + offset));
  return ['111111', '222222', '333333'].find((code) => !good.includes(code)) ?? '444444';
}

/** Gives the account exactly the second factor of its part, unspent, and nothing pending. */
export async function restore({ app }: TestApp, { person, mode, frozen, hold }: Player): Promise<void> {
  await app.store.write(async (tx) => {
    await removeFactors(tx, person.id);
    await removePending(tx, person.id);
    await removeRecoveryCodes(tx, person.id);
    await tx.sql.deleteFrom('proofs').where('account_id', '=', person.id).execute();
    await tx.sql.deleteFrom('attempts').where('account_id', '=', person.id).execute();
    await tx.sql.deleteFrom('password_attempts').execute();
    await tx.sql.deleteFrom('holds').where('account_id', '=', person.id).execute();
    if (hold)
      await tx.sql
        .insertInto('holds')
        .values({ ...aHold, account_id: person.id, kind: hold, cause_at: aHold.since, mail_to: '' })
        .execute();
    await tx.sql
      .updateTable('accounts')
      .set({ frozen_at: frozen ? tx.now : null })
      .where('id', '=', person.id)
      .execute();
    if (mode === 'off') return;
    const id = `factor-${person.id}`;
    const sealed = tx.vault.seal(secret, totpBinding(person.id, id));
    await insertTotp(tx, { id, account_id: person.id, secret: sealed, highest_step: 0 });
    await setMode(tx, person.id, mode);
  });
}

/** Marks every code so far as spent, by nobody who could use one again. */
export async function spendAll({ app, clock }: TestApp, { person }: Player): Promise<void> {
  await app.store.write(async (tx) => {
    await tx.sql
      .updateTable('factors')
      .set({ highest_step: stepAt(clock.now()) + 1 })
      .where('account_id', '=', person.id)
      .execute();
  });
}

/** A token of the player's account, of a kind that needs no limits. */
export async function mintFor({ app }: TestApp, person: Person): Promise<{ key: string; token: string }> {
  return app.store.write((tx) => signIn(tx, permitFor('account.login', person), person, rules));
}

async function mintPart(
  { app }: TestApp,
  person: Person,
  part: Cast,
): Promise<{ key: string; token: string }> {
  if (part.credential === 'session') return mintFor({ app } as TestApp, person);
  if (
    part.credential !== 'publish' &&
    part.credential !== 'readonly' &&
    part.credential !== 'automation' &&
    part.credential !== 'granular'
  )
    throw new Error('no token is meant');
  const cidr = part.spoilt === 'foreign address' ? { cidr: ['203.0.113.0/24'] } : {};
  const grants = part.grants === null ? {} : { grants: part.grants };
  const ready = prepareToken({ kind: part.credential, ...cidr, ...grants }, rules);
  return app.store.write((tx) => createToken(tx, permitFor('token.create', person), ready, rules));
}

const minute = 60_000;

/** The columns that spoil a token as its part wants it. */
function spoiling(spoilt: Spoilt | null, now: number) {
  if (spoilt === 'revoked') return { revoked_at: now - minute };
  if (spoilt === 'suspended') return { suspended_at: now - minute };
  if (spoilt === 'expired') return { expires_at: now - minute };
  if (spoilt === 'idle') return { idle_life: minute, created_at: now - 2 * minute };
  return undefined;
}

/** Makes the account and the credential of a part. */
export async function enlist(world: TestApp, part: Cast, name: string): Promise<Player> {
  const { app, clock } = world;
  const vault = await app.store.read(async (tx) => tx.vault);
  const person = await createPerson({ store: app.store, vault, clock, another: () => app.store }, name);
  let headers: Record<string, string> = {};
  let tokenKey = '';
  if (part.credential === 'password') headers = basic(name, goodPassword);
  else if (part.credential !== 'anonymous') {
    const { key, token } = await mintPart(world, person, part);
    headers = { authorization: `Bearer ${token}` };
    tokenKey = key;
    const columns = spoiling(part.spoilt, clock.now());
    if (columns)
      await app.store.write(async (tx) => {
        await tx.sql.updateTable('tokens').set(columns).where('id', '=', key).execute();
      });
  }
  if (part.staff)
    await app.store.write(async (tx) => {
      await tx.sql.updateTable('accounts').set({ staff: 1 }).where('id', '=', person.id).execute();
    });
  const isOver = part.spoilt === 'expired' || part.spoilt === 'idle';
  const player = { ...part, person, headers, tokenKey, endedAt: isOver ? clock.now() - minute : null };
  await restore(world, player);
  return player;
}
