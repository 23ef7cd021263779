import { expect, test } from 'vitest';
import { signUp } from '../accounts/wire.ts';
import { eachDialect } from '../support/dialects.ts';
import { browser, elsewhere, from, minute, office, openWorld, poll, start, whoami } from './logins.ts';

eachDialect('logins by a page that many ask for', (dialect) => {
  test('one hundred polls from several addresses at once get one token, and only one address gets it', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    const started = await start(world);
    await browser(world).approveLogin(started.loginUrl);
    const before = await world.app.store.read((tx) => tx.sql.selectFrom('tokens').select('id').execute());
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        poll(world, started, { headers: from(`198.51.100.${index % 5}`) }),
      ),
    );
    const after = await world.app.store.read((tx) => tx.sql.selectFrom('tokens').select('id').execute());
    expect(after).toHaveLength(before.length + 1);
    const tokens = answers
      .filter(({ statusCode }) => statusCode === 200)
      .map((answer) => answer.json().token);
    expect(new Set(tokens).size).toBe(1);
    expect(tokens.length).toBeLessThanOrEqual(20);
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200, 503]));
  });

  test('of many approvals at once by two people one counts', async () => {
    const world = await openWorld(dialect);
    await signUp(world);
    await signUp(world, 'greta');
    const started = await start(world);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) =>
        browser(world, { name: index % 2 === 0 ? 'hannah' : 'greta' }).approveLogin(started.loginUrl),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled') % 2 === 0 ? 'hannah' : 'greta';
    expect(await whoami(world, (await poll(world, started)).json().token)).toBe(winner);
  });

  test('an address has at most one hundred open logins and begins at most as many as the setting says', async () => {
    const world = await openWorld(dialect, { TALLYSTICK_LOGIN_LIMIT: '120/10m' });
    await signUp(world);
    const ask = () => world.ask('POST', '/-/v1/login', { headers: from(office), body: {} });
    const first = await start(world);
    for (let number = 2; number <= 100; number += 1) expect((await ask()).statusCode).toBe(200);
    const full = await ask();
    expect([full.statusCode, full.headers['retry-after'], full.json().error]).toEqual([
      503,
      '600',
      expect.stringContaining('600 seconds'),
    ]);
    expect((await world.ask('POST', '/-/v1/login', { headers: from(elsewhere), body: {} })).statusCode).toBe(
      200,
    );

    await browser(world).deny(first.loginUrl);
    expect((await ask()).statusCode).toBe(200);
    world.clock.advance(5 * minute);
    await world.app.store.write((tx) => tx.sql.deleteFrom('handoffs').execute());
    for (let number = 102; number <= 120; number += 1) expect((await ask()).statusCode).toBe(200);
    const often = await ask();
    expect([often.statusCode, often.headers['retry-after']]).toEqual([503, '300']);
    world.clock.advance(5 * minute);
    expect((await ask()).statusCode).toBe(200);
  });

  test('of many logins that begin at once exactly as many do as the setting says', async () => {
    const world = await openWorld(dialect, { TALLYSTICK_LOGIN_LIMIT: '20/10m' });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => world.ask('POST', '/-/v1/login', { headers: from(office), body: {} })),
    );
    const statuses = answers.map(({ statusCode }) => statusCode).sort();
    expect(statuses).toEqual([...Array(20).fill(200), ...Array(30).fill(503)]);
  });

  test('who polls more than sixty times a minute waits', async () => {
    const world = await openWorld(dialect);
    const started = await start(world);
    for (let number = 1; number <= 60; number += 1) expect((await poll(world, started)).statusCode).toBe(202);
    const often = await poll(world, started);
    expect([often.statusCode, often.headers['retry-after']]).toEqual([503, '60']);
    expect((await poll(world, await start(world))).statusCode).toBe(202);
    world.clock.advance(minute);
    expect((await poll(world, started)).statusCode).toBe(202);
  });
});
