import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const linked = (document: string): string[] =>
  [...readFileSync(new URL(document, root), 'utf8').matchAll(/test\/threats\/([a-z-]+\.test\.ts)\)/g)]
    .map(([, file = '']) => file)
    .sort();

test.each(['SECURITY.md', 'docs/threat-model.md'])(
  '%s links each of these files, and no other',
  (document) => {
    const files = readdirSync(new URL('test/threats/', root))
      .filter((file) => file.endsWith('.test.ts') && !file.startsWith('the-documents'))
      .sort();
    expect(linked(document)).toEqual(files);
  },
);

/** The lines of the security requirements about factors, guessing, sessions, pages, tokens, addresses, web flows, secrets and input. */
const requirements = Object.entries({
  OT: 10,
  MD: 5,
  RC: 6,
  WA: 7,
  RL: 9,
  SE: 7,
  WE: 6,
  TK: 8,
  IP: 4,
  LK: 6,
  KY: 3,
  AU: 2,
  LG: 1,
  ML: 1,
  IN: 5,
}).flatMap(([section, count]) => Array.from({ length: count }, (_, index) => `${section}${index + 1}`));

/** The identifiers in the second column of the table of promises; `RL1–RL4` stands for all four. */
function named(): Set<string> {
  const text = readFileSync(new URL('docs/threat-model.md', root), 'utf8');
  const columns = [...text.matchAll(/^\| \[[^|]*\]\([^|]*\) \| ([^|]*) \|/gm)].map(
    ([, column = '']) => column,
  );
  return new Set(
    columns.flatMap((column) =>
      [...column.matchAll(/([A-Z]{2})(\d+)(?:–[A-Z]{2}(\d+))?/g)].flatMap(
        ([, section, first, last = first]) =>
          Array.from(
            { length: Number(last) - Number(first) + 1 },
            (_, index) => `${section}${Number(first) + index}`,
          ),
      ),
    ),
  );
}

test('every line of the requirements is kept by a promise', () => {
  const names = named();
  expect(requirements.filter((requirement) => !names.has(requirement))).toEqual([]);
});
