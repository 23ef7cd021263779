import { expect, test } from 'vitest';
import { endHolds } from '../../src/accounts/holds.ts';
import { codeAt, stepAt } from '../../src/factors/totp.ts';
import { decodeBase32 } from '../../src/kernel/base32.ts';
import { listAudit } from '../../src/ledger/audit.ts';
import { basic } from '../accounts/wire.ts';
import { mailsIn, mustPublish, publish } from '../packages/publisher.ts';
import type { TestApp } from '../support/app.ts';
import {
  createToken,
  goodPassword,
  login,
  minute,
  openWorld,
  type Protected,
  protect,
  signUp,
  tokens,
  user,
} from './people.ts';

const hour = 60 * minute;
const draft = (version: string) => ({ name: 'hello', version });
const disabling = { tfa: { password: goodPassword, mode: 'disable' } };
const enabling = { tfa: { password: goodPassword, mode: 'auth-and-writes' } };
const bypassing = {
  name: 'ci',
  packages_all: true,
  packages_and_scopes_permission: 'read-write',
  bypass_2fa: true,
};

/** Somebody with a package and tokens, whose second factor goes by one of the recovery codes. */
async function recover(world: TestApp, settings: { by?: 'recovery code' | 'app' } = {}) {
  const { ask, clock } = world;
  const me = await protect(world);
  const machine = await createToken(world, me, bypassing, me.code());
  clock.advance(minute);
  await mustPublish(world, me.token, draft('1.0.0'), { otp: me.code() });
  clock.advance(minute);
  const otp = settings.by === 'app' ? me.code() : me.recoveryCodes[0];
  const off = await ask('POST', user, { token: me.token, otp: otp ?? '', body: disabling });
  expect(off.statusCode, off.body).toBe(200);
  return { me, machine };
}

const verify = ({ app, clock }: TestApp, name: string) =>
  app.store.write(async (tx) => {
    await tx.sql
      .updateTable('accounts')
      .set({ email_verified_at: clock.now() })
      .where('name', '=', name)
      .execute();
  });

test('a thief of a recovery code and the password publishes nothing for three days, whatever token is used', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const { me, machine } = await recover(world);
  const until = new Date(clock.now() + 72 * hour).toISOString();
  const refused = await publish(world, me.token, draft('1.0.1'));
  expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([403, undefined]);
  expect(refused.json().message).toBe(
    `Until ${until} this account publishes and changes nothing, because a recovery code was used to remove or replace its ` +
      'second factor. Reading, revoking tokens and turning two-factor authentication on go on. It can be ended ' +
      'earlier on the website: Settings, Authentication.',
  );
  const acts = [
    () => publish(world, machine.token, draft('1.0.1')),
    () => ask('PUT', '/-/package/hello/dist-tags/beta', { token: machine.token, body: '1.0.0' }),
    () => ask('POST', '/-/package/hello/access', { token: me.token, body: { access: 'public' } }),
    () => ask('POST', tokens, { token: me.token, body: { password: goodPassword } }),
    () => ask('POST', tokens, { headers: basic('hannah', goodPassword), body: { password: goodPassword } }),
    () => ask('POST', user, { token: me.token, body: { email: 'eve@example.com' } }),
    () => publish(world, me.token, { name: 'another', version: '1.0.0' }),
  ];
  for (const act of acts) {
    const answer = await act();
    expect([answer.statusCode, answer.json().message.slice(0, 6)], answer.body).toEqual([403, 'Until ']);
  }
  expect((await ask('GET', '/hello')).json()['dist-tags']).toEqual({ latest: '1.0.0' });

  clock.advance(72 * hour - 5 * minute);
  expect((await publish(world, me.token, draft('1.0.1'))).statusCode).toBe(403);
  clock.advance(5 * minute);
  await mustPublish(world, me.token, draft('1.0.1'));
});

test('meanwhile its owner reads, signs in, ends tokens, sets a password and turns the second factor on', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const { me, machine } = await recover(world);
  expect((await ask('GET', '/hello', { token: me.token })).statusCode).toBe(200);
  expect((await ask('GET', tokens, { token: me.token })).statusCode).toBe(200);
  const fresh = (await login(world, 'hannah')).json().token;
  expect((await ask('DELETE', `${tokens}/token/${machine.key}`, { token: fresh })).statusCode).toBe(204);
  const password = { old: goodPassword, new: `${goodPassword} again` };
  expect((await ask('POST', user, { token: fresh, body: { password } })).statusCode).toBe(200);
  const body = { tfa: { ...enabling.tfa, password: password.new } };
  const begun = await ask('POST', user, { token: fresh, body });
  const secret = new URL(begun.json().tfa).searchParams.get('secret') ?? '';
  const code = (): string => codeAt(decodeBase32(secret) ?? Buffer.alloc(0), stepAt(clock.now()));
  const done = await ask('POST', user, { token: fresh, body: { tfa: [code()] } });
  expect(done.statusCode, done.body).toBe(200);
  clock.advance(minute);

  // It is on: what happens to it now would not be the first of it.
  const off = { tfa: { password: password.new, mode: 'disable' } };
  const refused = await ask('POST', user, { token: fresh, otp: code(), body: off });
  expect([refused.statusCode, refused.json().message.slice(0, 6)]).toEqual([403, 'Until ']);
  expect((await publish(world, fresh, draft('1.0.1'), { otp: code() })).statusCode).toBe(403);
});

test('a code that came along with what is held is not spent', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const { me } = await recover(world);
  const begun = await ask('POST', user, { token: me.token, body: enabling });
  const secret = new URL(begun.json().tfa).searchParams.get('secret') ?? '';
  const code = (): string => codeAt(decodeBase32(secret) ?? Buffer.alloc(0), stepAt(clock.now()));
  await ask('POST', user, { token: me.token, body: { tfa: [code()] } });
  clock.advance(minute);
  const otp = code();
  for (const body of [disabling, { email: 'eve@example.com' }])
    expect((await ask('POST', user, { token: me.token, otp, body })).statusCode).toBe(403);
  expect((await ask('POST', user, { token: me.token, otp, body: { fullname: 'H' } })).statusCode).toBe(200);
});

test('who turns the second factor off with the app itself is not held', async () => {
  const world = await openWorld();
  const { me } = await recover(world, { by: 'app' });
  await mustPublish(world, me.token, draft('1.0.1'));
});

test('no hold is told to somebody who only claims a name', async () => {
  const world = await openWorld();
  await recover(world);
  const answer = await world.ask('POST', tokens, {
    headers: basic('hannah', 'not her password'),
    body: { password: 'not her password' },
  });
  expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Basic']);
});

test('with holdTime 0 there is no hold', async () => {
  const world = await openWorld({ TALLYSTICK_HOLD_TIME: '0' });
  const { me } = await recover(world);
  await mustPublish(world, me.token, draft('1.0.1'));
});

async function move(world: TestApp, me: Protected, email: string): Promise<void> {
  const moved = await world.ask('POST', user, { token: me.token, otp: me.code(), body: { email } });
  expect(moved.statusCode, moved.body).toBe(200);
  world.clock.advance(minute);
}

test('moving a verified address keeps the account from widening anything, and from moving on', async () => {
  const world = await openWorld();
  const { ask, clock } = world;
  const me = await protect(world);
  await signUp(world, 'eve');
  await mustPublish(world, me.token, draft('1.0.0'), { otp: me.code() });
  clock.advance(minute);
  await verify(world, 'hannah');
  await move(world, me, 'thief@example.com');

  const otp = me.code();
  const widening = [
    () => ask('POST', tokens, { token: me.token, otp, body: { password: goodPassword } }),
    () => ask('POST', user, { token: me.token, otp, body: { email: 'away@example.com' } }),
    () => ask('POST', user, { token: me.token, otp, body: disabling }),
    () =>
      ask('POST', user, {
        token: me.token,
        otp,
        body: { tfa: { password: goodPassword, mode: 'auth-only' } },
      }),
    () => ask('PUT', '/-/package/hello/owners', { token: me.token, otp, body: { user: 'eve' } }),
    () =>
      ask('POST', '/-/package/hello/access', { token: me.token, otp, body: { publish_requires_tfa: false } }),
  ];
  for (const act of widening) {
    const answer = await act();
    expect([answer.statusCode, answer.json().message.slice(0, 6)], answer.body).toEqual([403, 'Until ']);
  }
  await mustPublish(world, me.token, draft('1.0.1'), { otp });

  const mails = (await mailsIn(world)).filter(({ what }) => what === 'Account held');
  expect(mails.map(({ to }) => to).sort()).toEqual(['hannah@example.com', 'thief@example.com']);
  expect(mails[0]?.text).toContain('because its email address was changed');
});

test('a typing error that is put right before the address was verified holds nothing', async () => {
  const world = await openWorld();
  const me = await protect(world);
  await move(world, me, 'hannah@exmaple.com');
  await createToken(world, me, {}, me.code());
});

test('the beginning and the end of a hold are mailed and stand in the log, once each', async () => {
  const world = await openWorld();
  const { app, clock } = world;
  const second = await world.another();
  await recover(world);
  const aboutHolds = async (): Promise<string[]> =>
    (await mailsIn(world)).map(({ what }) => what).filter((what) => what.includes('held'));
  expect(await aboutHolds()).toEqual(['Account held']);
  clock.advance(71 * hour);
  expect(await endHolds(app.store)).toBe(0);
  clock.advance(hour);
  const ended = await Promise.all([app, second.app, app, second.app].map(({ store }) => endHolds(store)));
  expect(ended.reduce((sum, count) => sum + count)).toBe(1);
  expect(await aboutHolds()).toEqual(['Account held', 'Account no longer held']);
  const rows = (await app.store.read((tx) => listAudit(tx, { limit: 100 }))).reverse();
  expect(rows.filter(({ action }) => action?.startsWith('hold.'))).toMatchObject([
    { action: 'hold.start', actor: 'hannah', reason: 'full: recovery-code' },
    { action: 'hold.end', actor: 'hannah', reason: 'full: recovery-code' },
  ]);
});
