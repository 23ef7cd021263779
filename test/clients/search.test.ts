import { expect, test } from 'vitest';
import { documentOf } from '../support/document.ts';
import { generations } from './install.ts';
import { withClients, withPrograms } from './suite.ts';
import type { Person, World } from './world.ts';

/** Three packages of one person, of which the last is restricted; names and words that no other test uses. */
async function shelve(person: Person): Promise<{ pad: string; trim: string; secret: string; word: string }> {
  const word = `zoo${person.name}`;
  const names = { pad: `pad-${word}`, trim: `@${person.name}/trim`, secret: `@${person.name}/secret` };
  const publish = (name: string, access: 'public' | 'restricted' | null, manifest: Record<string, unknown>) =>
    person.must(201, 'PUT', `/${name.replace('/', '%2f')}`, {
      body: documentOf({ name, version: '1.2.3', access, manifest }),
    });
  await publish(names.pad, null, { description: 'Pads a text', keywords: [word, 'text'] });
  await publish(names.trim, 'public', { description: `Trims a text, unlike ${word}`, author: 'Zoe Keeper' });
  await publish(names.secret, 'restricted', { description: 'Hidden', keywords: [word] });
  return { ...names, word };
}

/** The searches that `npm search` sent, as they stand in the URL. */
const searches = (world: World): string[] =>
  world.wire.lines().filter((line) => line.includes('/-/v1/search') || line.includes('/-/all'));

withClients((world) => {
  for (const major of generations) {
    test(`packages 39: npm search finds by name, keyword and qualifier (npm ${major})`, async () => {
      const person = await world().person();
      const { pad, trim, secret, word } = await shelve(person);
      const find = async (...words: readonly string[]): Promise<string[]> => {
        const { code, stdout } = await world()
          .machine()
          .npm(major, 'search', '--json', ...words);
        expect(code).toBe(0);
        const found: { name: string; version: string; maintainers: { username: string }[] }[] =
          JSON.parse(stdout);
        for (const one of found)
          expect(one).toMatchObject({ version: '1.2.3', maintainers: [{ username: person.name }] });
        return found.map(({ name }) => name);
      };
      expect(await find(word)).toEqual([pad, trim]);
      expect(await find(pad.toUpperCase())).toEqual([pad]);
      expect(await find(word, 'trims')).toEqual([trim]);
      expect(await find(`keywords:${word}`)).toEqual([pad]);
      expect((await find(`author:${person.name}`)).sort()).toEqual([trim, pad].sort());
      expect((await find(`maintainer:${person.name}`)).sort()).toEqual([trim, pad].sort());
      expect(await find(`scope:${person.name}`)).toEqual([trim]);
      expect(await find(word, 'author:zoe')).toEqual([trim]);
      expect(await find(secret)).toEqual([]);
      expect(searches(world()).some((line) => line.includes('/-/all'))).toBe(false);
    });

    test(`packages 39: npm search prints what it found, or that there is nothing (npm ${major})`, async () => {
      const person = await world().person();
      const { pad, secret, word } = await shelve(person);
      const found = await world().machine().npm(major, 'search', pad);
      expect(found.code).toBe(0);
      expect(found.stdout).toContain(pad);
      expect(found.stdout).toContain('1.2.3');
      expect(found.stdout).toContain(person.name);
      const nothing = await world().machine().npm(major, 'search', `${word}nothing`);
      expect(nothing.code).toBe(0);
      expect(nothing.stdout).toContain('No matches found');
      expect((await world().machine().npm(major, 'search', secret)).stdout).toContain('No matches found');
      expect((await person.machine.npm(major, 'search', secret)).stdout).toContain('1.2.3');
    });
  }
});

withClients(
  (world) => {
    test('packages 39: npm 6 falls back to a list that is refused with a sentence (npm 6)', async () => {
      const { code, output } = await world().machine().npm(6, 'search', 'anything');
      expect(code).not.toBe(0);
      expect(searches(world()).some((line) => line.includes('/-/all'))).toBe(true);
      expect(output).not.toContain('No matches found');
    });

    test('packages 39: npm search says that one must log in where reading wants it (npm 11)', async () => {
      const person = await world().person();
      const { pad } = await shelve(person);
      const stranger = await world().machine().npm(11, 'search', pad);
      expect(stranger.code).not.toBe(0);
      expect(stranger.stderr).toContain('E401');
      expect((await person.machine.npm(11, 'search', pad)).stdout).toContain(pad);
    });
  },
  { env: { TALLYSTICK_ANONYMOUS_READ: 'false' } },
);

await withPrograms(['pnpm 12'], (world) => {
  test('packages 39: pnpm search finds by name and keyword (pnpm 12)', async () => {
    const person = await world().person();
    const { pad, trim, secret, word } = await shelve(person);
    const find = async (...words: readonly string[]): Promise<string> => {
      const { code, output } = await world()
        .machine()
        .run('pnpm 12', 'search', ...words);
      expect(code).toBe(0);
      return output;
    };
    const both = await find(word);
    expect(both.indexOf(pad)).toBeGreaterThanOrEqual(0);
    expect(both.indexOf(trim)).toBeGreaterThan(both.indexOf(pad));
    expect(await find(`keywords:${word}`)).not.toContain(trim);
    expect(await find(secret)).not.toContain('1.2.3');
    expect((await person.machine.run('pnpm 12', 'search', secret)).output).toContain('1.2.3');
    expect(await find(`${word}nothing`)).toContain('No packages found');
  });
});
