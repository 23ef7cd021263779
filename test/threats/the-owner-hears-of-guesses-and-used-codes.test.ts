import { expect, test } from 'vitest';
import { mailsIn } from '../packages/publisher.ts';
import type { TestApp } from '../support/app.ts';
import { login, minute, openWorld, type Protected, protect } from './people.ts';

const intruder = '203.0.113.9';

const guess = (world: TestApp, me: Protected, number: number) =>
  login(world, me.name, {
    otp: String(900_000 + number * 7),
    address: intruder,
    headers: { 'user-agent': 'guesser/1.0' },
  });

test('whoever has the password and guesses codes is told of at the third and the twentieth', async () => {
  const world = await openWorld();
  const me = await protect(world);
  const known = (await mailsIn(world)).length;
  const told: number[] = [];
  let looked = 0;
  for (let tries = 0; looked < 20 && tries < 60; tries += 1) {
    const { statusCode } = await guess(world, me, tries);
    if (statusCode === 429) {
      world.clock.advance(60 * minute);
      continue;
    }
    looked += 1;
    const mails = await mailsIn(world);
    if (mails.length > known + told.length) told.push(looked);
  }
  expect(told).toEqual([3, 20]);
  const mails = (await mailsIn(world)).slice(known);
  for (const { to, text } of mails) {
    expect(to).toBe('hannah@example.com');
    for (const words of [intruder, 'guesser/1.0']) expect(text).toContain(words);
  }
});

test('every used recovery code is told with how many are left, and urged about when few are', async () => {
  const world = await openWorld();
  const me = await protect(world);
  for (const [index, otp] of me.recoveryCodes.entries()) {
    const before = (await mailsIn(world)).map(({ text }) => text);
    world.clock.advance(2 * minute);
    expect((await login(world, me.name, { otp })).statusCode).toBe(201);
    const fresh = (await mailsIn(world)).map(({ text }) => text).filter((text) => !before.includes(text));
    const left = 9 - index;
    const about = fresh.find((text) => /recovery code/i.test(text)) ?? '';
    expect(about, `${left} left`).toMatch(
      left === 0 ? /none|no recovery codes|0/i : new RegExp(`\\b${left}\\b`),
    );
  }
});
