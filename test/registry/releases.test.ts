import { beforeEach, expect, test } from 'vitest';
import { currentCost } from '../../src/accounts/passwords.ts';
import { mustPublish, publish } from '../packages/publisher.ts';
import type { Wish } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import {
  challenge,
  collect,
  draft,
  elsewhere,
  from,
  minute,
  office,
  openWorld,
  statusOf,
  web,
} from './offers.ts';

beforeEach(() => {
  // What a hash costs is another test's matter.
  currentCost.memory = 64;
});

eachDialect('a release', (dialect) => {
  test('a release lets the same token publish from the same address for five minutes, and nothing else', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl, true);
    // Whoever has no terminal never fetches the value, and publishes again.
    await mustPublish(world, token, draft('1.0.0'), { headers: web() });
    const otp = await collect(world, offer);
    await mustPublish(world, token, draft('1.0.1'), { headers: from(office), otp });
    await mustPublish(world, token, draft('1.0.2'), { headers: from(office), otp });
    await mustPublish(world, token, draft('1.0.0', '@hannah/desk'), { headers: from(office) });

    const { act } = await browser().open('otp', offer.authUrl);
    expect(act?.uses.map(({ subject }) => subject.split(' ')[0])).toEqual([
      '@hannah/lamp@1.0.0',
      '@hannah/lamp@1.0.1',
      '@hannah/lamp@1.0.2',
      '@hannah/desk@1.0.0',
    ]);
    expect(act?.release).toMatchObject({ open: true, left: 196 });

    expect(await statusOf(publish(world, token, draft('2.0.0'), { headers: from(elsewhere) }))).toBe(401);
    const tag = (wish: Wish) =>
      world.ask('PUT', '/-/package/@hannah%2flamp/dist-tags/latest', { token, body: '1.0.0', ...wish });
    expect(await statusOf(tag({ headers: from(office) }))).toBe(401);
    expect(await statusOf(tag({ headers: from(office), otp }))).toBe(401);
    const body = { fullname: 'Somebody' };
    expect(await statusOf(world.ask('POST', '/-/npm/v1/user', { token, body, headers: from(office) }))).toBe(
      401,
    );

    world.clock.advance(5 * minute);
    expect(await statusOf(publish(world, token, draft('2.0.0'), { headers: from(office) }))).toBe(401);
    expect(await statusOf(publish(world, token, draft('2.0.0'), { headers: from(office), otp }))).toBe(401);
    expect((await browser().open('otp', offer.authUrl)).act?.release?.open).toBe(false);
  });

  test('a release can be ended on its page', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl, true);
    await mustPublish(world, token, draft('1.0.0'), { headers: from(office) });
    await browser().deny(offer.authUrl);
    expect(await statusOf(publish(world, token, draft('1.0.1'), { headers: from(office) }))).toBe(401);
  });

  test('a release serves two hundred writes, with the value or without', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl, true);
    const otp = await collect(world, offer);
    await world.app.store.write((tx) => tx.sql.updateTable('handoffs').set({ uses: 198 }).execute());
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => {
        const wish: Wish = index % 2 === 0 ? { headers: from(office) } : { headers: from(office), otp };
        return publish(world, token, draft(`1.0.${index}`), wish);
      }),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(2);
    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(4);
  });
});
