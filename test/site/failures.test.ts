import { expect, it, test } from 'vitest';
import { startHold } from '../../src/accounts/holds.ts';
import { Failure } from '../../src/kernel/failure.ts';
import { sentenceOf } from '../../src/site/failures.tsx';
import { openApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

it.each([
  [1, 'in 1 second'],
  [89, 'in 89 seconds'],
  [90, 'in 2 minutes'],
  [240, 'in 4 minutes'],
  [241, 'in 5 minutes'],
  [89 * 60, 'in 89 minutes'],
  [90 * 60, 'in 2 hours'],
  [86_400, 'in 24 hours'],
])('a page says when to try again after %i seconds in words, and never too early', (retryAfter, words) => {
  for (const code of ['too_many_attempts', 'too_many_requests'] as const)
    expect(sentenceOf(new Failure(code, { retryAfter }))).toContain(`Try again ${words}.`);
});

test('a page that a hold stops says until when in words, and leads to the hold', async () => {
  const app = await openApp('sqlite');
  await signUp(app);
  const { secret } = await enable(app);
  await app.app.store.write(async (tx) => {
    const account = await tx.sql.selectFrom('accounts').select(['id', 'name']).executeTakeFirstOrThrow();
    await startHold(tx, { account, kind: 'full', reason: 'recovery-code', time: 86_400_000 });
  });
  app.clock.advance(60_000);
  const browser = await signIn(app, 'ann', secret);
  await browser.open('/settings/~/tokens/new');
  expect([browser.status, browser.heading()]).toEqual([403, 'Not allowed']);
  expect(browser.text()).toMatch(/Until \d{4}-\d\d-\d\d \d\d:\d\d UTC this account publishes/);
  expect(browser.body).toContain('href="/settings/~/authentication/hold"');
});

test('a link in a mail that ends a hold no more says so as other links do', async () => {
  const app = await openApp('sqlite');
  const browser = await signUp(app);
  await browser.open(`/login/end-hold/${'0'.repeat(64)}`);
  expect([browser.status, browser.heading()]).toEqual([410, 'This link is not good any more']);
  expect(browser.text()).toContain('A link in a mail works once.');
  expect(browser.text()).toContain('Or it is for another account than ann');
});

test('a wrong password of somebody who is signed in is no wrong username', async () => {
  const app = await openApp('sqlite');
  await signUp(app);
  const { secret } = await enable(app);
  app.clock.advance(60_000);
  const browser = await signIn(app, 'ann', secret);
  app.clock.advance(600_000);
  await browser.open('/settings/~/password');
  await browser.submit('/settings/ann/password', {
    password: `${password}, not`,
    'new-password': 'another horse, another staple 7',
    code: codeNow(app, secret),
  });
  expect(browser.status).toBe(401);
  expect(browser.text()).toContain('Incorrect password.');
});

test('somebody whose account is frozen is told at the sign-in whom to ask', async () => {
  const app = await openApp('sqlite');
  await signUp(app);
  await app.app.store.write(async (tx) => {
    await tx.sql.updateTable('accounts').set({ frozen_at: tx.now }).execute();
  });
  const browser = await new Browser(app).open('/login');
  await browser.submit('/login', { username: 'ann', password });
  expect(browser.status).toBe(403);
  expect(browser.text()).toContain('This account is frozen. Ask the people who run this registry');
});
