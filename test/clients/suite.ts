import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServerOptions } from '../support/process.ts';
import { installClients } from './install.ts';
import { installPrograms, type Program } from './programs.ts';
import { World } from './world.ts';

const missing = await installClients();
if (missing !== undefined) console.log(`SKIPPED (${missing}): every test with a real npm client`);

/**
 * Tests with the real clients against one built server, each named by its item of the conformance checklists
 * (protocol/auth.md §15, protocol/packages.md §16). They end by reading the server's log (auth 59) and all that it refused
 * (packages 55).
 */
export function withClients(define: (world: () => World) => void, options: ServerOptions = {}): void {
  defineSuite(missing, define, options);
}

/** The same with clients beside npm, which are fetched when the first test file wants them. */
export async function withPrograms(
  programs: readonly Program[],
  define: (world: () => World) => void,
  options: ServerOptions = {},
): Promise<void> {
  const absent = missing ?? (await installPrograms(programs));
  if (absent !== undefined) console.log(`SKIPPED (${absent}): every test with ${programs.join(', ')}`);
  defineSuite(absent, define, options);
}

function defineSuite(
  absent: string | undefined,
  define: (world: () => World) => void,
  options: ServerOptions,
): void {
  describe.skipIf(absent !== undefined)('real clients', () => {
    let world: World | undefined;
    const current = (): World => {
      if (world === undefined) throw new Error('the server did not start');
      return world;
    };

    beforeAll(async () => {
      world = await World.open({ ...options, env: { TALLYSTICK_LOG_LEVEL: 'debug', ...options.env } });
    });
    afterAll(async () => {
      await world?.close();
    });

    define(current);

    test('packages 55: whatever was refused here was told as JSON, with nothing of the inside and no token', () => {
      const { wire, secrets, server } = current();
      for (const { title, headers, answerHeaders, text } of wire.refusals()) {
        if (headers.accept?.includes('text/html')) continue;
        expect(answerHeaders['content-type'], title).toMatch(/^application\/json/);
        const { error, message }: { error?: unknown; message?: unknown } = JSON.parse(text);
        expect([typeof error, message], title).toEqual(['string', error]);
        expect(text, title).not.toMatch(/\n\s+at |node_modules|\.[jt]sx?:\d|\bdist\/|SQLITE|select .* from/i);
        expect(text, title).not.toContain(server.dataDir);
        for (const secret of secrets) expect(text, title).not.toContain(secret);
      }
    });

    test('auth 59: no password, secret, code or token of these tests stands in the log', () => {
      const { log } = current();
      expect(log).toContain('/-/');
      for (const secret of current().secrets) expect(log).not.toContain(secret);
      expect(log).not.toMatch(/npm_[A-Za-z0-9]{36}/);
      expect(log).not.toMatch(/\d{4} \d{4} \d{4} \d{4}/);
    });
  });
}
