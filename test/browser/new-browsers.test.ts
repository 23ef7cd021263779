import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findFreePort } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/process.ts';
import { Authenticator } from '../support/totp.ts';
import { type Key, launch, missing, Person, password } from './chromium.ts';

if (missing !== undefined) console.log(`SKIPPED (${missing}): sign-ins from new browsers`);

describe.skipIf(missing !== undefined)('where new browsers wait for a mailed link, ann', () => {
  let server: ServerProcess;
  let browser: Browser;
  let origin: string;
  let ann: Person;
  let codes: string[];
  let key: Key;

  beforeAll(async () => {
    const port = await findFreePort();
    origin = `http://localhost:${port}`;
    server = await startServer({ port, publicUrl: origin, env: { TALLYSTICK_CONFIRM_NEW_DEVICE: 'true' } });
    browser = await launch();
    ann = await Person.sitDown(browser, origin);
  });
  afterEach(() => expect(ann.faults.splice(0)).toEqual([]));
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const useCode = (): string => codes.pop() ?? expect.fail('no recovery code is left');

  /** The links that were mailed, as they left. */
  const links = (): string[] => {
    const folder = join(server.dataDir, 'outbox');
    const texts = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
    const found = texts.flatMap(
      (text) => text.replace(/=\r?\n/g, '').match(/\/login\/confirm\/[0-9a-f]{64}/g) ?? [],
    );
    return [...new Set(found)];
  };

  const forget = async (): Promise<void> => {
    await ann.page.context().clearCookies();
    await ann.signIn('ann');
    await ann.arriveAt('Two-factor authentication');
  };

  const setUp = async (): Promise<void> => {
    const ask = async (tfa: object): Promise<{ tfa: string | string[] }> => {
      const answer = await fetch(`${server.url}/-/npm/v1/user`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ tfa }),
      });
      return (await answer.json()) as { tfa: string | string[] };
    };
    const app = Authenticator.fromUrl(String((await ask({ password, mode: 'auth-only' })).tfa));
    codes = (await ask([await app.next()])).tfa as string[];
  };

  test('is told to open the link, which another browser does not take', async () => {
    await ann.signUp('ann');
    await setUp();
    await forget();
    await ann.follow(/^Lost access/);
    await ann.arriveAt('Two-factor authentication');
    await ann.fill({ 'Recovery code': useCode() });
    await ann.press('Verify');
    await ann.arriveAt('Open the link in your mail');
    expect(await ann.text()).toContain('a•••@e•••.com');

    await expect.poll(links, { timeout: 20_000 }).toHaveLength(1);
    const [path = ''] = links();
    const another = await Person.sitDown(browser, origin);
    await another.open(path, 'This sign-in began in another browser');
    expect(await another.text()).toContain('Nothing was used up');
    expect(another.faults).toEqual([]);
    await another.leave();

    await ann.open(path, 'Finish signing in');
    await ann.press('Sign in');
    await ann.arriveAt('Authentication');
    await ann.open(path, 'This link is not good any more');
  });

  test('signs in with a security key at once, as second step and alone', async () => {
    key = await ann.buyKey();
    await ann.open('/settings/~/authentication', 'Authentication');
    await ann.follow('Add security key');
    await ann.fill({ Name: 'laptop' });
    await ann.press('Add security key');
    await ann.arriveAt('Authentication');
    await key.putAway();
    await forget();
    await key.takeOut();
    await ann.press('Use a security key');
    await ann.arriveAt('Authentication');
    await ann.page.context().clearCookies();
    // The key takes the browser's offer as soon as it is made.
    await ann.open('/login', /./);
    await ann.arriveAt('Authentication');
    expect(links()).toHaveLength(1);
  });
});
