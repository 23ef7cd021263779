import { expect, test } from 'vitest';
import { sweepHandoffs } from '../../src/accounts/handoffs.ts';
import { goodPassword } from '../accounts/acting.ts';
import { enableFactor, signUp } from '../accounts/wire.ts';
import { eachDialect } from '../support/dialects.ts';
import { pageIdIn } from './browser.ts';
import {
  browser,
  elsewhere,
  from,
  minute,
  office,
  openWorld,
  poll,
  type Started,
  start,
  subjects,
  whoami,
} from './logins.ts';

eachDialect('login by a page', (dialect) => {
  test('the client waits, the owner approves, and the client gets a login token', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world, { body: { hostname: 'laptop' } });
    expect(started.loginUrl).toMatch(/^http:\/\/localhost:4873\/login\/cli\/[0-9a-f]{64}$/);
    expect(started.doneUrl).toMatch(/^http:\/\/localhost:4873\/-\/v1\/done\?authId=[0-9a-f]{64}$/);
    expect(started.doneUrl).not.toContain(pageIdIn(started.loginUrl));

    const early = await poll(world, started);
    expect([early.statusCode, early.headers['retry-after'], early.json()]).toEqual([202, '2', {}]);
    expect(early.headers['cache-control']).toBe('no-store');

    const shown = await browser(world).open('login', started.loginUrl);
    expect(shown).toMatchObject({
      state: 'waiting',
      address: office,
      hostname: 'laptop',
      farApart: false,
    });
    expect(shown.comparison).toMatch(/^[34679ACDEFGHJKMNPQRTWXY]{8}$/);
    expect(started.notice).toContain(shown.comparison);

    await browser(world).approveLogin(started.loginUrl);
    const done = await poll(world, started);
    expect(done.statusCode, done.body).toBe(200);
    expect(done.headers['cache-control']).toBe('no-store');
    expect(await whoami(world, done.json().token)).toBe('hannah');
    expect((await browser(world).open('login', started.loginUrl)).state).toBe('handed-out');
  });

  test('a body is not needed, and a stale or foreign bearer is overlooked', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const other = await signUp(world, 'greta');
    for (const token of [other, `npm_${'0'.repeat(36)}`]) {
      const { body: _, ...bare } = { headers: from(office), token, body: undefined };
      const answer = await world.ask('POST', '/-/v1/login', bare);
      expect(answer.statusCode, answer.body).toBe(200);
      const started: Started = answer.json();
      await browser(world).approveLogin(started.loginUrl);
      const done = await poll(world, started, { token });
      expect(await whoami(world, done.json().token)).toBe('hannah');
    }
    const headers = { ...from(office), authorization: 'Basic !!!' };
    expect((await world.ask('POST', '/-/v1/login', { headers, body: {} })).statusCode).toBe(200);
  });

  test('npm adduser is told on the page and nowhere in the address', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world, { body: { create: true } });
    expect(new URL(started.loginUrl).pathname).toMatch(/^\/login\/cli\/[0-9a-f]{64}$/);
    expect((await browser(world).open('login', started.loginUrl)).wantsAccount).toBe(true);
    expect((await browser(world).open('login', (await start(world)).loginUrl)).wantsAccount).toBe(false);
  });

  test('the token is told again to the same address for half a minute and to nobody else', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world);
    await browser(world).approveLogin(started.loginUrl);
    const { token } = (await poll(world, started)).json();
    world.clock.advance(29_000);
    expect((await poll(world, started)).json()).toEqual({ token });
    const foreign = await poll(world, started, { headers: from(elsewhere) });
    expect([foreign.statusCode, foreign.body.includes(token)]).toEqual([503, false]);
    world.clock.advance(2000);
    const late = await poll(world, started);
    expect(late.statusCode).toBe(503);
    expect(late.json().error).toContain('handed out already');
  });

  test('looking with HEAD takes nothing away', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world);
    await browser(world).approveLogin(started.loginUrl);
    const { pathname, search } = new URL(started.doneUrl);
    const look = () => world.ask('HEAD', pathname + search, { headers: from(office) });
    expect([(await look()).statusCode, (await look()).body]).toEqual([200, '']);
    world.clock.advance(minute);
    expect((await poll(world, started)).statusCode).toBe(200);
  });

  test('nobody finds anything with the id of the page, with another id, or with none', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world);
    await browser(world).approveLogin(started.loginUrl);
    const id = pageIdIn(started.loginUrl);
    for (const query of [
      `?authId=${id}`,
      `?authId=${'0'.repeat(64)}`,
      '?authId=x',
      '',
      `?authId=${id}&authId=${id}`,
    ])
      expect((await world.ask('GET', `/-/v1/done${query}`)).statusCode).toBeGreaterThanOrEqual(400);
    const doneId = new URL(started.doneUrl).searchParams.get('authId');
    await expect(browser(world).open('login', `http://x/login/cli/${doneId}`)).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await poll(world, started)).statusCode).toBe(200);
  });

  test('after ten minutes nothing can be approved or fetched, and the clock set back revives nothing', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const unanswered = await start(world);
    const unfetched = await start(world);
    world.clock.advance(9 * minute);
    await browser(world).approveLogin(unfetched.loginUrl);
    world.clock.advance(minute);
    expect((await browser(world).open('login', unanswered.loginUrl)).state).toBe('expired');
    await expect(browser(world).approveLogin(unanswered.loginUrl)).rejects.toMatchObject({
      code: 'handoff_over',
    });
    for (const started of [unanswered, unfetched]) {
      const late = await poll(world, started);
      expect(late.statusCode).toBe(503);
      expect(late.json()).toMatchObject({ error: expect.stringContaining('not approved in time') });
    }
    await sweepHandoffs(world.app.store);
    world.clock.advance(-5 * minute);
    expect((await poll(world, unfetched)).statusCode).toBe(503);
    world.clock.advance(66 * minute);
    await sweepHandoffs(world.app.store);
    expect((await poll(world, unfetched)).statusCode).toBe(404);
  });

  test('a denied login tells the client so', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world);
    await browser(world).deny(started.loginUrl);
    const answer = await poll(world, started);
    expect([answer.statusCode, answer.json().error]).toEqual([503, 'The login was denied in the browser.']);
    await expect(browser(world).approveLogin(started.loginUrl)).rejects.toMatchObject({
      code: 'handoff_over',
    });
  });

  test('who approved for another account sees and ends nothing', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    await signUp(world, 'greta');
    const started = await start(world);
    await browser(world).approveLogin(started.loginUrl);
    const other = browser(world, { name: 'greta' });
    await expect(other.open('login', started.loginUrl)).rejects.toMatchObject({ code: 'not_allowed' });
    await expect(other.deny(started.loginUrl)).rejects.toMatchObject({ code: 'not_allowed' });
    expect((await poll(world, started)).statusCode).toBe(200);
  });

  test('a password that changes, or an account that is frozen, after the approval ends it', async () => {
    const world = await openWorld(dialect);
    const token = await signUp(world);
    const changed = await start(world);
    await browser(world).approveLogin(changed.loginUrl);
    const password = 'five lamps on a barge';
    const body = { password: { old: goodPassword, new: password } };
    expect((await world.ask('POST', '/-/npm/v1/user', { token, body })).statusCode).toBe(200);
    const late = await poll(world, changed);
    expect([late.statusCode, late.json().error]).toEqual([503, expect.stringContaining('changed')]);

    const frozen = await start(world);
    await browser(world, { password }).approveLogin(frozen.loginUrl);
    await world.app.store.write((tx) =>
      tx.sql.updateTable('accounts').set({ frozen_at: tx.now }).where('name', '=', 'hannah').execute(),
    );
    expect((await poll(world, frozen)).statusCode).toBe(503);
  });

  test('an approval wants the factor, or the password where there is none', async () => {
    const world = await openWorld(dialect);
    const token = await signUp(world);
    const started = await start(world);
    await expect(
      browser(world, { password: 'not it at all' }).approveLogin(started.loginUrl),
    ).rejects.toMatchObject({ code: 'password_wrong' });
    const { code } = await enableFactor(world, token);
    await expect(browser(world).approveLogin(started.loginUrl)).rejects.toMatchObject({
      code: 'otp_required',
    });
    await browser(world, { code: code() }).approveLogin(started.loginUrl);
    expect((await poll(world, started)).statusCode).toBe(200);
  });

  test('a login from another network is approved only knowingly, and the owner hears of it', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world, { headers: from(elsewhere), body: {} });
    expect((await browser(world).open('login', started.loginUrl)).farApart).toBe(true);
    await expect(browser(world).approveLogin(started.loginUrl)).rejects.toMatchObject({
      code: 'another_network',
    });
    await browser(world).approveLogin(started.loginUrl, true);
    expect(await subjects(world)).not.toContain('Login in another network');
    expect((await poll(world, started, { headers: from(elsewhere) })).statusCode).toBe(200);
    expect(await subjects(world)).toContain('Login in another network');

    const near = await start(world, { headers: from('198.51.100.200'), body: {} });
    await browser(world).approveLogin(near.loginUrl);
    expect((await poll(world, near)).statusCode).toBe(200);
    const far = (await subjects(world)).filter((what) => what === 'Login in another network');
    expect(far).toHaveLength(1);
  });

  test('the security log of the owner has the approval and the login', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world);
    await browser(world).approveLogin(started.loginUrl);
    await poll(world, started);
    const rows = await world.app.store.read((tx) =>
      tx.sql
        .selectFrom('audit')
        .select(['action', 'account_id', 'outcome'])
        .where('action', 'like', 'handoff.%')
        .execute(),
    );
    expect(rows.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'handoff.approveLogin done',
      'handoff.collect done',
    ]);
    expect(new Set(rows.map(({ account_id }) => account_id)).size).toBe(1);
    expect(rows[0]?.account_id).not.toBeNull();
  });

  test('neither id, nor the token, stands in the database in clear', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world);
    await browser(world).approveLogin(started.loginUrl);
    const { token } = (await poll(world, started)).json();
    const rows = JSON.stringify(
      await world.app.store.read((tx) => tx.sql.selectFrom('handoffs').selectAll().execute()),
    );
    const doneId = new URL(started.doneUrl).searchParams.get('authId') ?? '';
    for (const secret of [token, doneId, pageIdIn(started.loginUrl)]) expect(rows).not.toContain(secret);
  });
});
