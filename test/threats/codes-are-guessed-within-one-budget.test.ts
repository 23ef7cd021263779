import { expect, test } from 'vitest';
import { goodPassword } from '../accounts/acting.ts';
import { basic, couchBody, enableFactor, signUp, userPath } from '../accounts/wire.ts';
import { openApp, type TestApp, type Wish } from '../support/app.ts';

const user = '/-/npm/v1/user';
const minute = 60_000;
const wrong = (number: number): string => String(100_000 + number);

/** How many of these guesses were looked at: the others were answered 429. */
async function lookedAt(
  guesses: readonly (() => Promise<{ statusCode: number; body: string }>)[],
): Promise<number> {
  let looked = 0;
  for (const guess of guesses) {
    const { statusCode, body } = await guess();
    expect([401, 429], body).toContain(statusCode);
    if (statusCode === 401) looked += 1;
  }
  return looked;
}

async function openProtected(): Promise<{ app: TestApp; token: string; code: () => string }> {
  const app = await openApp('sqlite');
  const token = await signUp(app);
  const { code } = await enableFactor(app, token);
  return { app, token, code };
}

const login = ({ ask }: TestApp, wish: Wish) =>
  ask('PUT', userPath('hannah'), { ...wish, body: couchBody('hannah') });

test('all entry points share five guesses in ten minutes, and a right code is not looked at after them', async () => {
  const { app, token, code } = await openProtected();
  const { ask } = app;
  const tfa = { password: goodPassword, mode: 'auth-only' };
  const entries: ((otp: string) => Promise<{ statusCode: number; body: string }>)[] = [
    (otp) => login(app, { otp, address: '198.51.100.7' }),
    (otp) => ask('POST', user, { token, otp, body: { fullname: 'H' } }),
    (otp) => ask('POST', '/-/npm/v1/tokens', { token, otp, body: { password: goodPassword } }),
    (otp) => ask('POST', user, { token, otp, body: { tfa: { ...tfa, mode: 'disable' } } }),
    (otp) => ask('DELETE', `/-/npm/v1/tokens/token/${'0'.repeat(32)}`, { token, otp }),
    (otp) => ask('POST', user, { token, otp, body: { tfa } }),
  ];
  expect(await lookedAt(entries.map((entry, index) => () => entry(wrong(index))))).toBe(5);
  expect((await login(app, { otp: code() })).statusCode).toBe(429);
});

test('a code in the body does not stand in for the code that is looked at', async () => {
  const { app, code } = await openProtected();
  const headers = basic('hannah', goodPassword);
  for (const decoy of ['000000', '', code()]) {
    const guesses = Array.from(
      { length: 12 },
      (_, index) => () => app.ask('POST', user, { headers, otp: wrong(index), body: { tfa: [decoy] } }),
    );
    expect(await lookedAt(guesses), decoy).toBe(5);
    app.clock.advance(61 * minute);
  }
});

test('no spelling of a wrong code is free', async () => {
  const { app } = await openProtected();
  const spellings = [
    '12345',
    '1234567',
    '１２３４５６',
    '123456,654321',
    '["123456"]',
    'f'.repeat(64),
    '12345678',
  ];
  const guesses = spellings.map(
    (otp) => () => login(app, { otp: Buffer.from(otp).toString('latin1'), address: '198.51.100.7' }),
  );
  expect(await lookedAt(guesses)).toBe(5);
});

test('the same wrong code, sent again and again within its step, is one guess', async () => {
  const { app } = await openProtected();
  const guesses = Array.from({ length: 8 }, () => () => login(app, { otp: '111111' }));
  expect(await lookedAt(guesses)).toBe(8);
  const others = Array.from({ length: 6 }, (_, index) => () => login(app, { otp: wrong(index) }));
  expect(await lookedAt(others)).toBe(4);
});

test('of two hundred wrong codes at once five are looked at', async () => {
  const { app, token } = await openProtected();
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      app.ask('POST', user, { token, otp: wrong(index), body: { fullname: 'H' } }),
    ),
  );
  expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(5);
  expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(195);
});

test('a guess that another request gives back is counted all the same', async () => {
  const { app, token } = await openProtected();
  const asks = Array.from({ length: 40 }, (_, index) => [
    app.ask('POST', user, { token, body: { tfa: [wrong(index)] } }),
    app.ask('POST', user, { token, otp: wrong(index), body: { fullname: 'H' } }),
  ]).flat();
  const answers = await Promise.all(asks);
  expect(answers.filter(({ statusCode }) => statusCode === 401).length).toBeLessThanOrEqual(5);
});
