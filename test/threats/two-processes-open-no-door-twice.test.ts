import { expect, test } from 'vitest';
import { findAccount } from '../../src/accounts/accounts.ts';
import { replaceRecoveryCodes } from '../../src/factors/recovery-codes.ts';
import { mustPublish } from '../packages/publisher.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { createToken, type Protected, protect, tokens, user } from './people.ts';

/** How often each race is run; what fifty at once do to one code is tried in test/races.test.ts. */
const rounds = 200;
const step = 30_000;

/** Two processes on one database, and somebody with a second factor. */
async function openTwo(dialect: 'sqlite' | 'postgres') {
  const first = await openApp(dialect, { TALLYSTICK_PASSWORD_STRENGTH: '0' });
  const me = await protect(first);
  const second = await first.another();
  return { first, processes: [first, second], second, me };
}

/** The same code at once to each process, from two places: neither use can be the proof of the other. */
async function race(
  processes: readonly TestApp[],
  { token }: Protected,
  otp: string,
  round: number,
): Promise<{ status: number; fullname: string }[]> {
  const runs = processes.map(async (process, runner) => {
    const fullname = `runner ${runner} of round ${round}`;
    const address = `198.51.100.${runner + 1}`;
    const { statusCode } = await process.ask('POST', user, { token, otp, address, body: { fullname } });
    return { status: statusCode, fullname };
  });
  return Promise.all(runs);
}

/** Exactly one got through, the other was asked for another code, and what is stored is what the one wrote. */
async function expectOneWinner(
  { app }: TestApp,
  me: Protected,
  runs: readonly { status: number; fullname: string }[],
): Promise<void> {
  expect(runs.map(({ status }) => status).sort()).toEqual([200, 401]);
  const stored = await app.store.read((tx) => findAccount(tx, me.name));
  expect(stored?.fullname).toBe(runs.find(({ status }) => status === 200)?.fullname);
}

/** Ten more recovery codes. */
const renewCodes = ({ app }: TestApp, { name }: Protected): Promise<string[]> =>
  app.store.write(async (tx) => replaceRecoveryCodes(tx, (await findAccount(tx, name))?.id ?? ''));

eachDialect('two processes', (dialect) => {
  const what = `take each of ${rounds} codes of an app, and of ${rounds} recovery codes, once`;
  test(what, { timeout: 180_000 }, async () => {
    const { first, processes, me } = await openTwo(dialect);
    const other = await protect(first, 'olive');
    let recoveryCodes = [...other.recoveryCodes];
    for (let round = 0; round < rounds; round += 1) {
      recoveryCodes = recoveryCodes.length > 0 ? recoveryCodes : await renewCodes(first, other);
      const [ours, theirs] = await Promise.all([
        race(processes, me, me.code(), round),
        race(processes, other, recoveryCodes.pop() ?? '', round),
      ]);
      await expectOneWinner(first, me, ours);
      await expectOneWinner(first, other, theirs);
      first.clock.advance(step);
    }
  });

  test('do nothing by a token once its end was answered', { timeout: 60_000 }, async () => {
    const { first, second, me } = await openTwo(dialect);
    await mustPublish(first, me.token, { name: 'hello', version: '1.0.0' }, { otp: me.code() });
    for (let round = 0; round < 20; round += 1) {
      first.clock.advance(step);
      const spare = await createToken(first, me, {}, me.code());
      const tag = (process: TestApp, name: string) =>
        process.ask('PUT', `/-/package/hello/dist-tags/${name}`, { token: spare.token, body: '1.0.0' });
      expect((await tag(second, `before-${round}`)).statusCode).toBeLessThan(300);
      const [ended] = await Promise.all([
        first.ask('DELETE', `${tokens}/token/${spare.token}`),
        tag(first, `meanwhile-${round}`),
        tag(second, `meanwhile-${round}`),
      ]);
      expect(ended.statusCode).toBe(204);
      for (const process of [first, second]) expect((await tag(process, 'late')).statusCode).toBe(401);
    }
    expect((await first.ask('GET', '/-/package/hello/dist-tags')).json()).not.toHaveProperty('late');
  });
});
