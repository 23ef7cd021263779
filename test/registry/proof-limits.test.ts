import { beforeEach, expect, test } from 'vitest';
import { currentCost } from '../../src/accounts/passwords.ts';
import { couchBody, userPath } from '../accounts/wire.ts';
import { publish } from '../packages/publisher.ts';
import type { Wish } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import {
  challenge,
  collect,
  draft,
  from,
  type Offer,
  office,
  openWorld,
  poll,
  statusOf,
  web,
} from './offers.ts';

beforeEach(() => {
  // What a hash costs is another test's matter.
  currentCost.memory = 64;
});

eachDialect('proofs that many ask for or guess at', (dialect) => {
  test('of many sign-ins at once with one value one is done', async () => {
    const { world, browser } = await openWorld(dialect);
    const login = (wish: Wish) =>
      world.ask('PUT', userPath('hannah'), { body: couchBody('hannah'), ...wish });
    const offer: Offer = (await login({ headers: web() })).json();
    await browser().approveOtp(offer.authUrl);
    const otp = await collect(world, offer);
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => login({ headers: from(office), otp })),
    );
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
  });

  test('one hundred polls at once get one value', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        poll(world, offer, { headers: from(`198.51.100.${index % 4}`) }),
      ),
    );
    const values = answers
      .filter(({ statusCode }) => statusCode === 200)
      .map((answer) => answer.json().token);
    expect(new Set(values).size).toBe(1);
    expect(values.length).toBeLessThanOrEqual(15);
  });

  test('a value that is guessed counts as a guess, and the right one still passes when the app is barred', async () => {
    const { world, token, browser } = await openWorld(dialect);
    const offer = await challenge(world, token);
    await browser().approveOtp(offer.authUrl);
    await world.app.store.write((tx) => tx.sql.updateTable('factors').set({ barred_at: tx.now }).execute());
    const otp = await collect(world, offer);
    for (let guess = 1; guess <= 4; guess += 1) {
      const wrong = String(guess).repeat(64);
      expect(
        await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp: wrong })),
      ).toBe(401);
    }
    expect(await statusOf(publish(world, token, draft('1.0.0'), { headers: from(office), otp }))).toBe(201);
    const fifth = { headers: from(office), otp: '5'.repeat(64) };
    expect(await statusOf(publish(world, token, draft('1.0.1'), fifth))).toBe(401);
    const sixth = { headers: from(office), otp: '6'.repeat(64) };
    expect(await statusOf(publish(world, token, draft('1.0.1'), sixth))).toBe(429);
  });

  test('whoever asks ever again has at most twenty requests that wait', async () => {
    const { world, token } = await openWorld(dialect);
    const first = await challenge(world, token);
    for (let number = 2; number <= 21; number += 1) {
      world.clock.advance(1000);
      await challenge(world, token, `1.0.${number}`);
    }
    const rows = await world.app.store.read((tx) => tx.sql.selectFrom('handoffs').select('id').execute());
    expect(rows).toHaveLength(20);
    expect((await poll(world, first)).statusCode).toBe(404);
  });
});
