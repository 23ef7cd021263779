import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { signIn } from '../../src/tokens/tokens.ts';
import { permitFor } from '../accounts/acting.ts';
import { eachDialect } from '../support/dialects.ts';
import { rules } from '../tokens/making.ts';
import {
  type Answer,
  type Arena,
  approve,
  codeNow,
  enlist,
  fullnameOf,
  openArena,
  type Racer,
  refresh,
  wrongCodes,
} from './arena.ts';

/** `npm run races` runs 200. */
const rounds = Number(process.env.TALLYSTICK_RACES ?? 3);
const user = '/-/npm/v1/user';

/** A long run says how far it is. */
function tellProgress(what: string, round: number): void {
  if (rounds > 20 && (round + 1) % 20 === 0)
    console.log(`${what}: ${round + 1} of ${rounds} rounds, no double`);
}

const many = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const tally = (answers: readonly Answer[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** Fifty uses of one code at once, each from elsewhere (none is the proof of another) and each with a trace of its own. */
async function raceWith(arena: Arena, { token }: Racer, otp: string, round: number) {
  const runs = many(50).map(async (index) => {
    const ask = arena.servers[index % 2 === 0 ? 0 : 1];
    const fullname = `${index} in round ${round}`;
    const address = `198.51.100.${index + 1}`;
    return { fullname, ...(await ask('POST', user, { token, otp, address, body: { fullname } })) };
  });
  return Promise.all(runs);
}

/** One was let through and did what is stored now; the others were asked for another code. */
async function expectOneWinner(arena: Arena, me: Racer, otp: string, round: number): Promise<void> {
  const runs = await raceWith(arena, me, otp, round);
  expect(tally(runs), `round ${round}`).toEqual({ 200: 1, 401: 49 });
  expect(await fullnameOf(arena, me)).toBe(runs.find(({ status }) => status === 200)?.fullname);
}

eachDialect(`${rounds} rounds of fifty at once`, (dialect) => {
  const timeout = 60_000 + rounds * 30_000;
  let arena: Arena;
  // Processes take seconds to start, so they stay; applications end with each test.
  const isKept = dialect === 'postgres';
  beforeAll(async () => {
    if (isKept) arena = await openArena(dialect);
  });
  beforeEach(async () => {
    if (!isKept) arena = await openArena(dialect);
  });
  afterAll(() => arena?.close());

  test('one code of an app opens one door', { timeout }, async () => {
    const me = await enlist(arena, 'hannah');
    for (const round of many(rounds)) {
      await refresh(arena, me);
      await expectOneWinner(arena, me, codeNow(arena), round);
      tellProgress(`${dialect}, codes of an app`, round);
    }
  });

  test('one recovery code opens one door', { timeout }, async () => {
    const me = await enlist(arena, 'irene');
    for (const round of many(rounds)) {
      const [code = ''] = await refresh(arena, me);
      await expectOneWinner(arena, me, code, round);
      tellProgress(`${dialect}, recovery codes`, round);
    }
  });

  test('what was approved on a page opens one door', { timeout }, async () => {
    const me = await enlist(arena, 'jane');
    for (const round of many(rounds)) {
      await refresh(arena, me);
      const asked = await arena.servers[1]('POST', user, {
        token: me.token,
        headers: { 'npm-auth-type': 'web' },
        body: { fullname: 'Somebody' },
      });
      expect(asked.status).toBe(401);
      await expectOneWinner(arena, me, await approve(arena, me, asked.text), round);
      tellProgress(`${dialect}, approvals`, round);
    }
  });

  test('a token that is revoked meanwhile does nothing after the answer', { timeout }, async () => {
    const me = await enlist(arena, 'kim');
    for (const round of many(rounds)) {
      const { token } = await arena.store.write((tx) =>
        signIn(tx, permitFor('account.login', me), me, rules),
      );
      const use = (index: number) =>
        arena.servers[index % 2 === 0 ? 0 : 1]('POST', user, {
          token,
          body: { fullname: `${index} in round ${round}` },
        });
      const before = many(25).map(use);
      const ending = arena.servers[0]('DELETE', `/-/npm/v1/tokens/token/${token}`);
      const meanwhile = many(25).map((index) => use(25 + index));
      expect((await ending).status).toBe(204);
      const late = await Promise.all(many(50).map((index) => use(50 + index)));
      expect(tally(late), `round ${round}`).toEqual({ 401: 50 });
      const runs = await Promise.all([...before, ...meanwhile]);
      expect(Object.keys(tally(runs)).filter((status) => status !== '200' && status !== '401')).toEqual([]);
      const done = runs.flatMap(({ status }, index) =>
        status === 200 ? [`${index} in round ${round}`] : [],
      );
      const stored = await fullnameOf(arena, me);
      if (done.length > 0) expect(done).toContain(stored);
      else expect(stored ?? '').not.toMatch(new RegExp(` in round ${round}$`));
      tellProgress(`${dialect}, revocations`, round);
    }
  });

  const guesses = Math.ceil(rounds / 10);
  test(`of 200 wrong codes five are looked at (${guesses} rounds)`, { timeout }, async () => {
    const me = await enlist(arena, 'lena');
    for (const round of many(guesses)) {
      await refresh(arena, me);
      const answers = await Promise.all(
        wrongCodes(arena, 200).map((otp, index) =>
          arena.servers[index % 2 === 0 ? 0 : 1]('POST', user, {
            token: me.token,
            otp,
            address: `198.51.100.${index + 1}`,
            body: { fullname: 'Mallory' },
          }),
        ),
      );
      expect(tally(answers), `round ${round}`).toEqual({ 401: 5, 429: 195 });
      const right = { token: me.token, otp: codeNow(arena), body: { fullname: 'Mallory' } };
      expect((await arena.servers[1]('POST', user, right)).status).toBe(429);
      expect(await fullnameOf(arena, me)).not.toBe('Mallory');
    }
  });
});
