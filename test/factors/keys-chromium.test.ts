/** What Chromium makes of the options, and what its authenticators answer: the software key of the other tests is ours. */
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { beginAssertion, beginRegistration } from '../../src/factors/ceremonies.ts';
import { addKey, listKeys } from '../../src/factors/keys.ts';
import { type KeySite, keySiteOf } from '../../src/factors/keys-site.ts';
import { presentAssertion, presentRegistration } from '../../src/factors/keys-spending.ts';
import { eachStore, type TestStore } from '../support/stores.ts';
import { type AssertionWish, passkeySignIn, refusalOf, source, spend, stepUp } from './key-holder.ts';
import { actorOf, createPerson, type Person, permitFor, subjects } from './people.ts';

const executablePath = '/usr/bin/chromium';

/** Asks the page's browser for a key, as `@simplewebauthn/browser` does. */
const askBrowser = (page: Page, kind: 'create' | 'get', options: object): Promise<unknown> =>
  page.evaluate(
    `(async () => {
      const options = ${JSON.stringify(options)};
      const publicKey = ${kind === 'create'}
        ? PublicKeyCredential.parseCreationOptionsFromJSON(options)
        : PublicKeyCredential.parseRequestOptionsFromJSON(options);
      return (await navigator.credentials.${kind}({ publicKey })).toJSON();
    })()`,
  );

describe.skipIf(!existsSync(executablePath))('in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    server = createServer((_request, response) => response.end('<!doctype html><title>keys</title>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://localhost:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  /** A page of the site with a virtual authenticator plugged in. */
  async function openPage(
    kind: 'stick' | 'passkey' | 'u2f',
  ): Promise<{ page: Page; cdp: CDPSession; id: string }> {
    const page = await (await browser.newContext()).newPage();
    await page.goto(url);
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId: id } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: kind === 'u2f' ? 'u2f' : 'ctap2',
        transport: kind === 'passkey' ? 'internal' : 'usb',
        hasResidentKey: kind === 'passkey',
        hasUserVerification: kind === 'passkey',
        isUserVerified: kind === 'passkey',
        automaticPresenceSimulation: true,
        ...(kind === 'passkey' ? { defaultBackupEligibility: true, defaultBackupState: true } : {}),
      },
    });
    return { page, cdp, id };
  }

  const siteHere = (): KeySite => keySiteOf(url, 'Tallystick') ?? expect.fail('no site');

  async function register(world: TestStore, person: Person, page: Page): Promise<void> {
    const { store } = world;
    const expected = { purpose: 'register', account: person, session: 'a session' } as const;
    const options = await store.write((tx) => beginRegistration(tx, siteHere(), expected));
    const checked = await presentRegistration(
      store,
      siteHere(),
      expected,
      await askBrowser(page, 'create', options),
    );
    const permit = permitFor('factor.addKey', actorOf(world, person), person);
    await store.write((tx) => addKey(tx, permit, checked, { name: 'in Chromium' }));
  }

  async function assert(world: TestStore, page: Page, wish: AssertionWish) {
    const options = await world.store.write((tx) => beginAssertion(tx, siteHere(), wish));
    const answer = await askBrowser(page, 'get', options);
    return presentAssertion(world.store, siteHere(), wish, answer, source);
  }

  eachStore((open) => {
    test.each(['stick', 'passkey', 'u2f'] as const)('a %s is added and opens doors', async (kind) => {
      const world = await open();
      const person = await createPerson(world);
      const { page } = await openPage(kind);
      await register(world, person, page);
      for (let times = 0; times < 2; times += 1) {
        const checked = await assert(world, page, stepUp(person));
        expect(await spend(world, person, checked)).toBe('security-key');
      }
      const [key] = await world.store.read((tx) => listKeys(tx, person.id));
      expect(key).toMatchObject({
        verifiesUser: kind === 'passkey',
        synced: kind === 'passkey',
        possibleCopyAt: null,
      });
    });

    test('a passkey signs in without a name', async () => {
      const world = await open();
      const person = await createPerson(world);
      const { page } = await openPage('passkey');
      await register(world, person, page);
      const checked = await assert(world, page, passkeySignIn);
      expect(checked.account).toEqual(person);
    });

    test('a key that is registered is not offered again', async () => {
      const world = await open();
      const person = await createPerson(world);
      const { page } = await openPage('passkey');
      await register(world, person, page);
      await expect(register(world, person, page)).rejects.toThrow('InvalidStateError');
    });

    test('a copy of a key is refused once the key itself was used, and told', async () => {
      const world = await open();
      const person = await createPerson(world);
      const [own, thief] = [await openPage('stick'), await openPage('stick')];
      await register(world, person, own.page);
      world.clock.advance(1000);
      const { credentials } = await own.cdp.send('WebAuthn.getCredentials', { authenticatorId: own.id });
      for (const credential of credentials)
        await thief.cdp.send('WebAuthn.addCredential', { authenticatorId: thief.id, credential });
      await spend(world, person, await assert(world, own.page, stepUp(person)));
      const copied = await assert(world, thief.page, stepUp(person));
      expect(await refusalOf(spend(world, person, copied))).toMatch(/counter did not rise/);
      expect(await subjects(world)).toContain('There may be a copy of your security key');
    });
  });
});
