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
