import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createToken, openWorld, protect } from './people.ts';

const folder = new URL('../../src/', import.meta.url);
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(new URL(path, folder), 'utf8') }));

/** Files with a line of code that matches. */
const filesWith = (pattern: RegExp): string[] =>
  sources
    .filter(({ text }) =>
      text.split('\n').some((line) => !/^\s*(\/?\*|\/\/)/.test(line) && pattern.test(line)),
    )
    .map(({ path }) => path);

test('randomness comes from node:crypto, in one place', () => {
  expect(filesWith(/Math\.random|getRandomValues/)).toEqual([]);
  expect(filesWith(/\b(randomBytes|randomInt|randomUUID|randomFill(Sync)?)\b/)).toEqual([
    'adapters/random.ts',
  ]);
});

/** What may be compared as texts are. */
const comparedOpenly = {
  'kernel/failure.ts': 'names of refusals',
  'ledger/audit.ts': 'the links of the log, which is no secret',
  'ledger/log-pages.ts': 'the same',
  'packages/hashes.ts': 'digests of packages, which everybody reads',
  'registry/profile.ts': 'two passwords of one request',
  'registry/tokens.ts': 'the same',
  'site/settings/log-rows.tsx': 'which of the rows of its owner are of this session',
};

test('secrets are compared in a time that tells nothing', () => {
  expect(filesWith(/\btimingSafeEqual\(/).sort()).toEqual([
    'accounts/passwords.ts',
    'factors/totp.ts',
    'kernel/secrets.ts',
  ]);
  const compared =
    /(\w*([hH]ash|[sS]ecret|[dD]igest|[pP]assword)|\.(token|code|mac)) [!=]== (?!undefined|null|false|''|\d)\w/;
  expect(filesWith(compared).sort()).toEqual(Object.keys(comparedOpenly).sort());
});

test('of many tokens and codes no two begin or end alike', async () => {
  const world = await openWorld();
  const me = await protect(world);
  const made = [me.token, (await createToken(world, me, {}, me.code())).token].map((token) => token.slice(4));
  for (const name of ['ida', 'jane', 'kim']) {
    const { token, recoveryCodes } = await protect(world, name);
    made.push(token.slice(4), ...recoveryCodes.map((code) => code.replaceAll(' ', '')));
  }
  for (const part of [(text: string) => text.slice(0, 8), (text: string) => text.slice(-6)])
    expect(new Set(made.map(part)).size).toBe(made.length);
});
