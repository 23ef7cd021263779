import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, test } from 'vitest';
import { mintToken } from '../../src/kernel/secrets.ts';
import { scanForTokens } from '../../src/packages/token-scan.ts';
import { enableFactor } from '../accounts/wire.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { createRandom } from '../support/ports.ts';
import { archive, manifestEntry, noise, tarball } from './archives.ts';
import { documentOf, mailsIn, mustPublish, pathOf, publish, signUp } from './publisher.ts';

const foo = { name: 'foo', version: '1.0.0' };

describe('a scan', () => {
  const random = createRandom('tokens');
  const tokens = Array.from({ length: 5 }, () => mintToken(random));
  const [token = ''] = tokens;

  const scanned = (pieces: readonly Buffer[]): string[] => {
    const scan = scanForTokens();
    for (const piece of pieces) scan.take(piece);
    return [...scan.found()];
  };
  const cut = (bytes: Buffer, lengths: readonly number[]): Buffer[] => {
    const pieces: Buffer[] = [];
    for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
      const length = Math.max(1, lengths[turn % lengths.length] ?? 1);
      pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
    return pieces;
  };

  /** In one of the encodings that editors and shells write. */
  const spelt = (text: string, encoding: number): Buffer => {
    const wide = Buffer.from(text, 'utf16le');
    return [Buffer.from(text), wide, Buffer.from(wide).swap16()][encoding % 3] ?? wide;
  };

  test('finds every token however the bytes are encoded and cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(200), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 170 }), { minLength: 1, maxLength: 8 }),
        (gaps, lengths) => {
          const parts = gaps.flatMap((gap, index) => [
            noise(gap),
            spelt(tokens[index % 5] ?? '', index + gap),
          ]);
          const expected = new Set(gaps.map((_, index) => tokens[index % 5]));
          expect(new Set(scanned(cut(Buffer.concat(parts), lengths)))).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('finds a token between anything, and twice is once', () => {
    expect(scanned([Buffer.from(`npm_npm_${token}${token}x`)])).toEqual([token]);
    expect(scanned([Buffer.from(`"${token}"`), Buffer.from(`\n${token}`)])).toEqual([token]);
  });

  test('overlooks what has another checksum, another length or a break in it', () => {
    const last = token.endsWith('a') ? 'b' : 'a';
    const wrong = `${token.slice(0, -1)}${last}`;
    for (const text of [
      wrong,
      token.slice(0, -1),
      token.toUpperCase(),
      `${token.slice(0, 20)} ${token.slice(20)}`,
    ])
      expect(scanned([Buffer.from(text)]), text).toEqual([]);
    const scan = scanForTokens();
    scan.take(Buffer.from(token.slice(0, 20)));
    scan.separate();
    scan.take(Buffer.from(token.slice(20)));
    expect([...scan.found()]).toEqual([]);
  });

  test('does not linger over bytes that are made to keep it busy', () => {
    const busy = Buffer.from('npm_'.repeat(16_384));
    const scan = scanForTokens();
    for (let count = 0; count < 2000; count += 1) scan.take(busy);
    scan.take(Buffer.from(token));
    expect(scan.found().size).toBe(0);
    const many = scanForTokens();
    for (let count = 0; count < 1500; count += 1) many.take(Buffer.from(mintToken(random)));
    expect(many.found().size).toBe(1000);
  });
});

eachDialect('leaks', (dialect) => {
  let app: TestApp;
  let alice: string;
  let bob: string;
  beforeEach(async () => {
    app = await openApp(dialect);
    alice = await signUp(app, 'alice');
    bob = await signUp(app, 'bob');
  });

  const whoami = async (token: string): Promise<number> =>
    (await app.ask('GET', '/-/whoami', { token })).statusCode;
  const withFile = (content: string | Buffer, path = 'package/.npmrc') => ({
    ...foo,
    content: tarball(foo, { path, content }),
  });
  const leakMails = async () => (await mailsIn(app)).filter(({ what }) => what.includes('found'));

  it('of a living token in the tarball end it, refuse the publish and mail its owner', async () => {
    const other = await signIn('bob');
    const answer = await publish(app, alice, withFile(`//registry/:_authToken=${other}\n`), {
      address: '203.0.113.9',
    });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().error).toContain(`${other.slice(0, 8)}...`);
    expect(answer.json().error).toContain('revoked');
    expect(answer.body).not.toContain(other);
    expect(await whoami(other)).toBe(401);
    expect(await whoami(bob)).toBe(200);
    expect(await whoami(alice)).toBe(200);
    expect((await app.ask('GET', '/foo', { token: alice })).statusCode).toBe(404);
    const [mail, ...more] = await leakMails();
    expect(more).toEqual([]);
    expect(mail?.to).toBe('bob@example.com');
    expect(mail?.text).toContain('files that alice was about to publish');
    for (const secret of [other, 'foo', '203.0.113.9']) expect(mail?.text).not.toContain(secret);
    for (const line of app.log.lines) expect(JSON.stringify(line)).not.toContain(other);
  });

  /** One more login token of somebody who is here already. */
  const signIn = async (name: string): Promise<string> => signUp(app, name);

  it('of one’s own token name the package to its owner, and end also the one that publishes', async () => {
    const answer = await publish(app, alice, withFile(`token: ${alice}`, 'package/deep/er/notes.txt'));
    expect(answer.statusCode).toBe(400);
    expect(await whoami(alice)).toBe(401);
    const [mail] = await leakMails();
    expect(mail?.text).toContain('the files of foo that you were about to publish');
    expect(mail?.text).toContain('127.0.0.1');
    const again = await signIn('alice');
    await mustPublish(app, again, withFile(`token: ${alice}`));
  });

  it('are found across the pieces of a large file, beside others, and all end at once', async () => {
    const tokens = [await signIn('bob'), await signIn('alice'), await signIn('bob')];
    const content = Buffer.concat(
      tokens.flatMap((token, index) => [noise(300_000 + index), Buffer.from(token)]),
    );
    const answer = await publish(app, alice, withFile(content, 'package/data.bin'));
    expect(answer.statusCode).toBe(400);
    for (const token of tokens) {
      expect(answer.json().error).toContain(token.slice(0, 8));
      expect(await whoami(token)).toBe(401);
    }
    expect((await leakMails()).map(({ to }) => to).sort()).toEqual([
      'alice@example.com',
      'bob@example.com',
      'bob@example.com',
    ]);
  });

  it('are found in the README and the fields of the document, which need not be in the tarball', async () => {
    for (const change of [
      (body: Record<string, unknown>, token: string) => Object.assign(body, { readme: `use ${token}` }),
      (body: { versions: Record<string, object> }, token: string) =>
        Object.assign(body.versions['1.0.0'] ?? {}, { readme: `use ${token}` }),
      (body: { versions: Record<string, object> }, token: string) =>
        Object.assign(body.versions['1.0.0'] ?? {}, { description: `use ${token}` }),
    ]) {
      const token = await signIn('bob');
      const body = documentOf(foo);
      change(body as never, token);
      expect((await app.ask('PUT', '/foo', { token: alice, body })).statusCode).toBe(400);
      expect(await whoami(token)).toBe(401);
    }
  });

  it('of dead, unknown and broken tokens are none', async () => {
    const dead = await signIn('bob');
    await app.ask('DELETE', `/-/user/token/${dead}`, { token: dead });
    const unknown = mintToken(createRandom('nobody'));
    await mustPublish(app, alice, withFile(`${dead} ${unknown} ${bob.slice(0, -1)}`));
    expect(await leakMails()).toEqual([]);
    const rows = await app.app.store.read(({ sql }) =>
      sql.selectFrom('audit').select('id').where('action', '=', 'token.revokeLeaked').execute(),
    );
    expect(rows).toEqual([]);
  });

  it('end the token whatever else is wrong with the publish, but not for who may not publish', async () => {
    await mustPublish(app, alice, foo);
    const token = await signIn('alice');
    expect((await publish(app, bob, withFile(token))).statusCode).toBe(403);
    expect(await whoami(token)).toBe(200);
    const { code } = await enableFactor(app, alice);
    const draft = {
      name: 'foo',
      version: '1.1.0',
      content: tarball({ ...foo, version: '1.1.0' }, { path: 'package/x', content: token }),
    };
    expect((await publish(app, alice, draft)).statusCode).toBe(401);
    expect(await whoami(token)).toBe(200);
    const otp = code();
    expect((await publish(app, alice, draft, { otp })).statusCode).toBe(400);
    expect(await whoami(token)).toBe(401);
    await mustPublish(app, alice, { name: 'foo', version: '1.1.0' }, { otp });
  });

  it('stand in the log of the token’s owner and of the publisher', async () => {
    const token = await signIn('bob');
    await publish(app, alice, withFile(token));
    const rows = await app.app.store.read(({ sql }) =>
      sql
        .selectFrom('audit')
        .select(['account_id', 'entry'])
        .where('action', '=', 'token.revokeLeaked')
        .execute(),
    );
    expect(rows.map(({ entry }) => JSON.parse(entry).actor)).toEqual(['alice', 'alice']);
    expect(new Set(rows.map(({ account_id }) => account_id)).size).toBe(2);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('in another process are noticed there within a second', async () => {
    const other = await app.another();
    const token = await signIn('bob');
    expect((await other.ask('GET', '/-/whoami', { token })).statusCode).toBe(200);
    await publish(app, alice, withFile(token));
    expect((await app.ask('GET', '/-/whoami', { token })).statusCode).toBe(401);
    const write = await other.ask('PUT', pathOf('bar'), {
      token,
      body: documentOf({ ...foo, name: 'bar' }),
    });
    expect(write.statusCode).toBe(401);
  });

  it('are looked for before a tarball is kept', async () => {
    const token = await signIn('bob');
    const content = gzipSync(archive(manifestEntry(foo), { path: 'package/x', content: token }));
    await publish(app, alice, { ...foo, content });
    expect((await app.ask('GET', '/foo/-/foo-1.0.0.tgz', { token: alice })).statusCode).toBe(404);
  });
});
