import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { findFreePort } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/process.ts';
import { Authenticator } from '../support/totp.ts';
import { type Key, launch, missing, Person, password, readQrCode } from './chromium.ts';

if (missing !== undefined) console.log(`SKIPPED (${missing}): second factors in a real browser`);

describe.skipIf(missing !== undefined)('ann, in Chromium, on the built server', () => {
  let server: ServerProcess;
  let browser: Browser;
  let origin: string;
  let ann: Person;
  let app: Authenticator;
  let codes: string[];
  let key: Key;

  beforeAll(async () => {
    const port = await findFreePort();
    origin = `http://localhost:${port}`;
    server = await startServer({ port, publicUrl: origin });
    browser = await launch();
    ann = await Person.sitDown(browser, origin);
  });
  afterEach(() => expect(ann.faults.splice(0)).toEqual([]));
  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  /** The address behind the QR code on the page, and the key that stands beside it. */
  const scan = async (): Promise<Authenticator> => {
    await ann.arriveAt('Scan the QR code');
    const groups = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/.exec(await ann.text())?.[0] ?? '';
    const typed = groups.replaceAll(' ', '');
    const picture = await ann.find('img', 'QR code for your authentication app').screenshot();
    const url = readQrCode(picture) ?? `otpauth://totp/Tallystick:ann?secret=${typed}&issuer=Tallystick`;
    expect(url).toMatch(/^otpauth:\/\/totp\/Tallystick:ann\?/);
    const scanned = Authenticator.fromUrl(url);
    expect(scanned.secret).toBe(typed);
    return scanned;
  };

  /** The codes on the page, downloaded and read from the file. */
  const keepCodes = async (): Promise<string[]> => {
    await ann.arriveAt('Your recovery codes');
    const coming = ann.page.waitForEvent('download');
    await ann.follow('Download codes');
    const download = await coming;
    expect(download.suggestedFilename()).toBe('tallystick-recovery-codes.txt');
    const file = readFileSync(await download.path(), 'utf8');
    expect(file).toContain(`Recovery codes of ann on ${new URL(origin).host} (Tallystick)`);
    expect(file).toContain(new Date().toISOString().slice(0, 10));
    const kept = file.match(/\d{4} \d{4} \d{4} \d{4}/g) ?? [];
    expect(kept).toHaveLength(10);
    for (const code of kept) expect(await ann.text()).toContain(code);
    return kept;
  };

  const useCode = (): string => codes.pop() ?? expect.fail('no recovery code is left');

  const isSignedIn = () => ann.page.getByText('Account menu of ann').waitFor();

  test('signs up and adds two-factor authentication by the QR code', async () => {
    await ann.open('/', /./);
    await ann.follow('Sign up');
    await ann.arriveAt('Sign up');
    await ann.fill({ Username: 'ann', Email: 'ann@example.com', Password: password });
    await ann.press('Sign up');
    await ann.arriveAt('Welcome, ann');
    await ann.follow('Add Two-Factor Authentication');
    await ann.arriveAt('Add Two-Factor Authentication');
    expect(await ann.find('radio', 'Authorization and writes').isChecked()).toBe(true);
    await ann.press('Show the QR code');
    app = await scan();
    await ann.fill({ 'Pin code': app.wrong() });
    await ann.press('Save');
    await ann.page.getByRole('alert').getByText('Invalid OTP').waitFor();
    expect((await scan()).secret).toBe(app.secret);
    await ann.fill({ 'Pin code': await app.next() });
    await ann.press('Save');
    codes = await keepCodes();
  });

  test('copies and keeps the codes, and is not let go before she says so', async () => {
    await ann.press('Copy');
    await ann.find('button', 'Copied').waitFor();
    const clipboard = await ann.page.evaluate(() => navigator.clipboard.readText());
    expect(clipboard.split('\n')).toEqual(codes);
    expect(await ann.find('button', 'Print').isVisible()).toBe(true);
    await ann.press('Continue');
    await ann.arriveAt('Your recovery codes');
    await ann.find('checkbox', 'I have saved my recovery codes').check();
    await ann.press('Continue');
    await ann.arriveAt('Authentication');
    await ann.page.getByRole('status').getByText('Two-factor authentication is on.').waitFor();
    expect(await ann.text()).toContain('10 recovery codes are left');
  });

  test('signs in with her app', async () => {
    await ann.signOut();
    await ann.signIn('ann');
    await ann.arriveAt('Two-factor authentication');
    expect(await ann.find('button', 'Use a security key').count()).toBe(0);
    await ann.fill({ 'Pin code': await app.next() });
    await ann.press('Verify');
    await ann.arriveAt('Authentication');
  });

  test('replaces her device: the old one works until the new one has shown a code', async () => {
    const old = app;
    await ann.follow('Replace my device');
    await ann.arriveAt('Replace my device');
    await ann.fill({ Password: password, 'Pin code': await app.next() });
    await ann.press('Show the QR code');
    app = await scan();
    expect(app.secret).not.toBe(old.secret);
    await ann.fill({ 'Pin code': await app.next() });
    await ann.press('Save');
    await ann.arriveAt('Authentication');
    await ann.page.getByRole('status').getByText('The new device is in use').waitFor();
  });

  test('signs in with a recovery code, which works once', async () => {
    const spent = useCode();
    for (const code of [spent, spent, useCode()]) {
      if (await ann.page.getByText('Account menu of ann').count()) await ann.signOut();
      await ann.signIn('ann');
      await ann.follow('Lost access to your two-factor authentication app? Use a recovery code');
      await ann.arriveAt('Two-factor authentication');
      await ann.fill({ 'Recovery code': code });
      await ann.press('Verify');
      await ann.page
        .getByText(/Account menu of ann|Invalid recovery code/)
        .first()
        .waitFor();
    }
    await ann.arriveAt('Authentication');
    expect(await ann.text()).toContain('8 recovery codes are left');
  });

  test('adds a passkey, which asks for nothing more right after the second factor', async () => {
    key = await ann.buyKey();
    await ann.follow('Add security key');
    await ann.arriveAt('Add security key');
    await ann.press('Add security key');
    // Without a name the form says so and asks no key.
    expect(await key.credentials()).toBe(0);
    await ann.fill({ Name: 'laptop' });
    await ann.press('Add security key');
    await ann.arriveAt('Authentication');
    await ann.page.getByRole('status').getByText('The security key was added.').waitFor();
    expect(await key.credentials()).toBe(1);
    await ann.find('row', /^laptop/).waitFor();
  });

  test('is told that a key is registered already', async () => {
    await ann.follow('Add security key');
    await ann.fill({ Name: 'the same' });
    await ann.press('Add security key');
    await ann.page.getByRole('alert').getByText('This security key is registered already.').waitFor();
  });

  test('signs in with the key as second step', async () => {
    await key.putAway();
    await ann.signOut();
    await ann.signIn('ann');
    await ann.arriveAt('Two-factor authentication');
    await key.takeOut();
    await ann.press('Use a security key');
    await ann.arriveAt('Authentication');
  });

  test('signs in with the passkey alone, among the names that the browser offers', async () => {
    await ann.signOut();
    // The key takes the browser's offer as soon as it is made.
    await ann.follow('Sign in');
    await ann.arriveAt('Authentication');
    await isSignedIn();
  });

  test('signs in with the passkey alone by the button, where the browser offers none', async () => {
    await ann.page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
    await ann.signOut();
    await ann.open('/login', 'Sign in');
    await ann.press('Sign in with a passkey');
    await ann.arriveAt('Authentication');
    await isSignedIn();
  });

  test('proves with the key: the mode', async () => {
    await ann.follow('Change the mode');
    await ann.arriveAt('When a code is asked');
    await ann.find('radio', 'Authorization only').check();
    await ann.fill({ Password: password });
    await ann.press('Use a security key');
    await ann.arriveAt('Authentication');
    await ann.page.getByRole('status').getByText('The mode was changed.').waitFor();
  });

  test('proves with the key: new recovery codes', async () => {
    await ann.follow('Regenerate recovery codes');
    await ann.arriveAt('Backup Recovery Code');
    await ann.fill({ Password: 'not her password at all' });
    await ann.press('Use a security key');
    await ann.page.getByRole('alert').getByText('Incorrect password.').waitFor();
    await ann.arriveAt('Backup Recovery Code');
    await ann.fill({ Password: password });
    await ann.press('Use a security key');
    const fresh = await keepCodes();
    for (const code of codes) expect(fresh).not.toContain(code);
    codes = fresh;
    await ann.find('checkbox', 'I have saved my recovery codes').check();
    await ann.press('Continue');
    await ann.arriveAt('Authentication');
  });

  test('gets a code for a terminal, which logs it in once', async () => {
    await ann.follow('Get a code for a terminal that cannot open a browser');
    await ann.arriveAt('A code for the terminal');
    await ann.page.getByLabel('What you are about to do').selectOption({ label: 'npm login' });
    await ann.press('Use a security key');
    const shown = ann.page.getByText(/^\d{4} \d{4}$/);
    await shown.waitFor();
    await ann.arriveAt('A code for the terminal');
    const code = ((await shown.textContent()) ?? '').replace(' ', '');
    const logIn = () =>
      fetch(`${server.url}/-/user/org.couchdb.user:ann`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', 'npm-otp': code },
        body: JSON.stringify({ name: 'ann', password }),
      });
    expect((await logIn()).status).toBe(201);
    expect((await logIn()).status).toBe(401);
  });

  test('renames and removes the key', async () => {
    await ann.open('/settings/~/authentication', 'Authentication');
    await ann
      .find('row', /^laptop/)
      .getByRole('link')
      .click();
    await ann.arriveAt('laptop');
    await ann.fill({ Name: 'old laptop' });
    await ann.press('Rename');
    await ann.arriveAt('Authentication');
    await ann
      .find('row', /^old laptop/)
      .getByRole('link')
      .click();
    await ann.arriveAt('old laptop');
    await ann.follow('Remove security key');
    await ann.arriveAt('Remove security key');
    await ann.press('Remove security key');
    await ann.arriveAt('Authentication');
    await ann.page.getByRole('status').getByText('The security key was removed.').waitFor();
    expect(await ann.find('row', /laptop/).count()).toBe(0);
  });

  test('removes two-factor authentication with a recovery code', async () => {
    await ann.follow('Remove');
    await ann.arriveAt('Remove two-factor authentication');
    await ann.fill({ Password: password, 'Pin code': useCode() });
    await ann.press('Remove');
    await ann.arriveAt('Authentication');
    expect(await ann.text()).toContain('No second factor yet');
    await ann.signOut();
    await ann.signIn('ann');
    await ann.arriveAt('Authentication');
  });
});
