/** RL2: a token whose codes were guessed at does nothing that asks one, until its owner confirms on the website. */
import { expect, it } from 'vitest';
import { listAudit } from '../../src/ledger/audit.ts';
import { Browser } from '../site/browser.ts';
import { mailsOf } from '../site/mailed.ts';
import { codeNow, enable, password, signIn, signUp } from '../site/people.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { documentOf } from '../support/document.ts';

const minute = 60_000;

/** A code that the app does not show about now. */
const wrong = (round: number): string => String(100_000 + round).padStart(6, '0');

const publish = (app: TestApp, token: string, version: string, otp?: string) =>
  app.ask('PUT', '/@ann%2ftool', {
    token,
    body: documentOf({ name: '@ann/tool', version }),
    ...(otp === undefined ? {} : { otp }),
  });

/** Ann, whose login token is suspended by ten wrong codes, and the page that lets it go on. */
async function suspended(dialect: 'sqlite' | 'postgres') {
  const app = await openApp(dialect);
  await signUp(app);
  const { secret } = await enable(app);
  const body = { name: 'ann', password };
  const login = await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body, otp: codeNow(app, secret) });
  const token: string = login.json().token;
  app.clock.advance(minute);
  expect((await publish(app, token, '1.0.0', codeNow(app, secret))).statusCode).toBe(201);
  for (let round = 0; round < 10; round += 1) {
    if (round === 5) app.clock.advance(11 * minute);
    const refused = await publish(app, token, '2.0.0', wrong(round));
    expect(refused.statusCode).toBe(401);
    app.clock.advance(31_000);
  }
  // The account's own budget is another matter (RL1).
  app.clock.advance(61 * minute);
  const key = await app.app.store.read(
    async (tx) => (await tx.sql.selectFrom('tokens').select('id').executeTakeFirstOrThrow()).id,
  );
  const path = `/settings/~/tokens/${key}/resume`;
  return { app, secret, token, path, own: path.replace('~', 'ann') };
}

const isSuspended = ({ app }: TestApp): Promise<boolean> =>
  app.store.read(
    async (tx) =>
      (await tx.sql.selectFrom('tokens').select('suspended_at').executeTakeFirstOrThrow()).suspended_at !==
      null,
  );

eachDialect('a suspended token', (dialect) => {
  it('installs, and whatever asks a factor is refused with the page where its owner confirms', async () => {
    const { app, token, secret, path } = await suspended(dialect);
    expect(await isSuspended(app)).toBe(true);
    expect((await app.ask('GET', '/@ann%2ftool', { token })).statusCode).toBe(200);
    const tarball = '/@ann/tool/-/tool-1.0.0.tgz';
    expect((await app.ask('GET', tarball, { token })).statusCode).toBe(200);
    expect((await app.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);

    const otp = codeNow(app, secret);
    const acts = [
      await publish(app, token, '2.0.0'),
      await publish(app, token, '2.0.0', otp),
      await app.ask('POST', '/-/npm/v1/user', { token, otp, body: { fullname: 'Ann' } }),
      await app.ask('POST', '/-/npm/v1/tokens', { token, otp, body: { password } }),
      await app.ask('PUT', '/-/package/@ann%2ftool/dist-tags/latest', { token, otp, body: '1.0.0' }),
    ];
    for (const act of acts) {
      expect(act.statusCode).toBe(403);
      expect(act.json().message).toContain(`http://localhost:4873${path}`);
      expect(act.json().error).toBe(act.json().message);
    }
    const mail = (await mailsOf(app)).find(({ what }) => what === 'An access token was suspended');
    expect(mail?.link?.path).toBe(path);
  });

  it('is shown as suspended, and works again once its owner proved a factor', async () => {
    const { app, token, secret, path, own } = await suspended(dialect);
    const owner = await signIn(app, 'ann', secret);
    await owner.open('/settings/~/tokens');
    expect(owner.text()).toContain('suspended Ten wrong codes were tried with it within a day');
    expect(owner.body).toContain(`href="${own}"`);
    app.clock.advance(5 * minute);

    await owner.open(path);
    for (const code of ['', wrong(99)]) {
      await owner.submit(own, { code });
      expect([owner.status, await isSuspended(app)]).toEqual([401, true]);
    }
    await owner.submit(own, { code: codeNow(app, secret) });
    expect(owner.heading()).toBe('Token resumed');
    app.clock.advance(minute);
    expect((await publish(app, token, '2.0.0', codeNow(app, secret))).statusCode).toBe(201);
    // Its wrong codes are forgotten: one more does not suspend it again.
    app.clock.advance(minute);
    expect((await publish(app, token, '3.0.0', wrong(100))).statusCode).toBe(401);
    expect(await isSuspended(app)).toBe(false);

    expect((await owner.open(path)).status).toBe(404);
    await owner.open('/settings/~/security-log');
    expect(owner.text()).toContain('Let a suspended access token work again');
    expect((await mailsOf(app)).map(({ what }) => what)).toContain('Access token works again');
  });

  it('is resumed by one of fifty who ask at once', async () => {
    const { app, secret, own } = await suspended(dialect);
    const second = await app.another();
    const owner = await signIn(app, 'ann', secret);
    await owner.open(own);
    expect(owner.fields(own)).not.toHaveProperty('code');
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const browser = new Browser(index % 2 === 0 ? app : second);
        for (const [name, value] of owner.cookies) browser.cookies.set(name, value);
        browser.body = owner.body;
        return browser.submit(own);
      }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(49);
    const mails = (await mailsOf(app)).filter(({ what }) => what === 'Access token works again');
    expect(mails).toHaveLength(1);
    const rows = await app.app.store.read((tx) => listAudit(tx, { limit: 200 }));
    expect(
      rows.filter(({ action, outcome }) => action === 'token.resumeOwn' && outcome === 'done'),
    ).toHaveLength(1);
  });

  it('is resumed by nobody else, by no token, and by a GET of nobody', async () => {
    const { app, token, secret, path, own } = await suspended(dialect);
    const bob = await signUp(app, 'bob');
    await bob.open('/settings/~/profile');
    const { form = '' } = bob.fields('/settings/bob/profile');
    const body = new URLSearchParams({ form, password, code: codeNow(app, secret) }).toString();
    for (const address of [path, own, path.replace('~', 'bob')]) {
      expect((await bob.open(address)).status).toBe(404);
      expect((await bob.send('POST', address, { body })).statusCode).toBe(404);
    }
    const stranger = await new Browser(app).open('/login');
    const login = stranger.fields('/login');
    const guess = new URLSearchParams({ ...login, code: codeNow(app, secret) }).toString();
    const answer = await stranger.send('POST', own, {
      body: guess,
      headers: { authorization: `Bearer ${token}` },
    });
    expect([answer.statusCode, String(answer.headers.location)]).toEqual([
      303,
      expect.stringContaining('/login'),
    ]);
    const owner = await signIn(app, 'ann', secret);
    await owner.open(`${own}?code=${codeNow(app, secret)}`);
    await owner.send('HEAD', own);
    expect(await isSuspended(app)).toBe(true);
  });
});
