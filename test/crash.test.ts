import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Answer, type Person, pick, pickText, World } from './clients/world.ts';
import { eachDialect } from './support/dialects.ts';
import { contentOf, type Draft, documentOf } from './support/document.ts';
import { root } from './support/lock.ts';
import { createDatabase } from './support/postgres.ts';
import { node } from './support/process.ts';
import { Authenticator } from './support/totp.ts';

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** An answer, or undefined when the server died before it gave one. */
const unlessKilled = (asked: Promise<Answer>): Promise<Answer | undefined> => asked.catch(() => undefined);

/** How many milliseconds after sending the server is killed, from before the request is read to after its answer. */
const moments = { sqlite: [0, 1, 3, 6, 10, 16, 30, 70], postgres: [0, 8, 40] } as const;

eachDialect('kill -9', (dialect) => {
  let world: World;

  beforeAll(async () => {
    const database = dialect === 'postgres' ? { database: await createDatabase(inject('postgresPort')) } : {};
    world = await World.open(database);
  });
  afterAll(async () => {
    await world.close();
  });

  const dieAfter = async (milliseconds: number): Promise<void> => {
    await pause(milliseconds);
    await world.server.kill9();
  };

  /** A version is there whole or not at all; returns which. */
  const isWhole = async (person: Person, draft: Draft): Promise<boolean> => {
    const { name, version } = draft;
    const document = await person.ask('GET', `/${name}`);
    const listed = pick(pick(document.json, 'versions'), version) !== undefined;
    const tarball = await person.ask('GET', `/${name}/-/${name}-${version}.tgz`);
    expect((await person.ask('GET', `/${name}/${version}`)).status).toBe(listed ? 200 : 404);
    expect(tarball.status).toBe(listed ? 200 : 404);
    if (listed) expect(tarball.bytes.equals(contentOf(draft))).toBe(true);
    return listed;
  };

  /** Sends the head of a request and only so many bytes of its body, never all. */
  const sendPart = (person: Person, path: string, body: string, bytes: number): void => {
    const head = [
      `PUT ${path} HTTP/1.1`,
      `host: 127.0.0.1:${world.server.port}`,
      `authorization: Bearer ${person.token}`,
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
    ];
    const socket = connect(world.server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`${head.join('\r\n')}\r\n\r\n${body.slice(0, Math.min(bytes, body.length - 1))}`);
  };

  for (const moment of moments[dialect]) {
    test(`publishes that were answered are whole, others whole or absent (after ${moment} ms)`, async () => {
      const person = await world.person();
      const name = `hello-${person.name}`;
      const first = { name, version: '0.1.0' };
      await person.must(201, 'PUT', `/${name}`, { body: documentOf(first) });
      const drafts = [1, 2, 3, 4].map((patch) => ({
        name,
        version: `1.0.${patch}`,
        manifest: { description: `number ${patch}` },
      }));
      const part = { name, version: '9.9.9' };
      sendPart(person, `/${name}`, JSON.stringify(documentOf(part)), moment * 17);

      const publishing = drafts.map((draft) =>
        unlessKilled(person.ask('PUT', `/${name}`, { body: documentOf(draft) })),
      );
      await dieAfter(moment);
      const answers = await Promise.all(publishing);
      await world.revive();

      expect(await isWhole(person, first)).toBe(true);
      expect(await isWhole(person, part)).toBe(false);
      for (const [index, draft] of drafts.entries()) {
        const whole = await isWhole(person, draft);
        if (answers[index] !== undefined) expect(answers[index].status).toBe(201);
        if (answers[index] !== undefined) expect(whole).toBe(true);
        // What was lost can be published: nothing half-done is in its way.
        if (!whole) await person.must(201, 'PUT', `/${name}`, { body: documentOf(draft) });
        expect(await isWhole(person, draft)).toBe(true);
      }
    });

    test(`enable-2fa is done and recorded, or its code still serves (after ${moment} ms)`, async () => {
      const person = await world.person();
      const { password } = person;
      const body = { tfa: { password, mode: 'auth-and-writes' } };
      const started = await person.must(200, 'POST', '/-/npm/v1/user', { body });
      person.app = Authenticator.fromUrl(pickText(started.json, 'tfa'));
      const finish = { body: { tfa: [await person.code()] } };

      const finishing = unlessKilled(person.ask('POST', '/-/npm/v1/user', finish));
      await dieAfter(moment);
      const answer = await finishing;
      await world.revive();

      const mode = await person.secondFactor();
      if (answer !== undefined) expect(mode).toBe('auth-and-writes');
      if (mode === 'disabled') {
        person.keepRecoveryCodes(
          pick((await person.must(200, 'POST', '/-/npm/v1/user', finish)).json, 'tfa'),
        );
      } else if (answer !== undefined) {
        person.keepRecoveryCodes(pick(answer.json, 'tfa'));
      }
      expect(await person.secondFactor()).toBe('auth-and-writes');
      if (person.recoveryCodes.length > 0) await person.makeToken({}, person.recoveryCode());
      await person.makeToken({}, await person.code());
    });

    test(`a code is spent exactly if its token was made (after ${moment} ms)`, async () => {
      const person = await world.person();
      await person.protect();
      const wish = {
        otp: person.recoveryCode(),
        body: { password: person.password, readonly: false, cidr_whitelist: [] },
      };
      const total = async (): Promise<number> =>
        Number(pick((await person.must(200, 'GET', '/-/npm/v1/tokens')).json, 'total'));
      const before = await total();

      const creating = unlessKilled(person.ask('POST', '/-/npm/v1/tokens', wish));
      // The password is hashed first, which takes some tens of milliseconds: the interesting moments come after.
      await dieAfter(moment * 2);
      const answer = await creating;
      await world.revive();

      const made = (await total()) - before;
      if (answer !== undefined) expect(made).toBe(1);
      const again = await person.ask('POST', '/-/npm/v1/tokens', wish);
      expect(again.status).toBe(made === 1 ? 401 : 201);
      expect(await total()).toBe(before + 1);
    });
  }

  test('the security log is unbroken after all of that', () => {
    const env: Record<string, string> = { ...world.server.env };
    const output = execFileSync(node, [join(root, 'dist', 'cli.js'), 'audit', 'verify', '--json'], {
      env,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(output).not.toBe('');
  });
});
