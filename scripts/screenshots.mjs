// Drives the built server as people do, in Chromium, with a clock that is moved through half a year, and takes pictures of its
// pages in light and dark, 390 and 1280 pixels wide: those that docs/screenshots keeps, or with `--all FOLDER` every one.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, Person, password } from '../test/browser/chromium.ts';
import { documentOf } from '../test/support/document.ts';
import { ed25519Key, lineOf, part } from '../test/support/ssh-lines.ts';
import { live, manifest } from './screenshots/half-a-year.mjs';
import {
  advance,
  ask,
  close,
  codeOf,
  day,
  logIn,
  mustAsk,
  operate,
  origin,
  restart,
} from './screenshots/registry.mjs';

const root = join(import.meta.dirname, '..');
const all = process.argv[2] === '--all';
const folder = all ? (process.argv[3] ?? '/tmp/screenshots') : join(root, 'docs', 'screenshots');
const kept = [
  'home',
  'search',
  'package',
  'versions',
  'sign-in',
  'second-step',
  'scan',
  'recovery-codes',
  'authentication',
  'tokens',
  'new-token',
  'sessions',
  'security-log',
  'command-line-login',
  'command-line-publish',
];
const browser = await launch();
mkdirSync(folder, { recursive: true });
const taken = [];

const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
const sitDown = () => Person.sitDown(browser, origin, { userAgent });

/** Takes the pictures of the page that is shown. */
async function take({ page }, name) {
  taken.push(name);
  if (!all && !kept.includes(name)) return;
  for (const colorScheme of ['light', 'dark'])
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      const whole = await page.evaluate(() => document.documentElement.scrollHeight);
      const height = all ? whole : Math.min(whole, width === 390 ? 1300 : 920);
      await page.screenshot({
        path: join(folder, `${name}-${colorScheme}-${width}.png`),
        fullPage: true,
        clip: { x: 0, y: 0, width, height },
      });
    }
  await page.setViewportSize({ width: 1280, height: 800 });
}

async function show(person, path, name, heading = /./) {
  await person.open(path, heading);
  await take(person, name);
}

/** What a stranger sees. */
async function visit() {
  const stranger = await sitDown();
  await show(stranger, '/', 'home');
  await show(stranger, '/search?q=string', 'search');
  await show(stranger, '/search?q=abacus', 'search-empty');
  await show(stranger, '/package/left-padlock', 'package');
  await stranger.follow(/^Versions/);
  await take(stranger, 'versions');
  await show(stranger, '/package/left-padlock', 'package');
  await stranger.follow(/^Dependencies/);
  await take(stranger, 'dependencies');
  await show(stranger, '/package/left-padlock/v/1.0.1', 'old-version');
  await show(stranger, '/package/abacus', 'not-found');
  await show(stranger, '/signup', 'sign-up');
  await show(stranger, '/auth/two-factor', 'help');
  await show(stranger, '/login', 'sign-in');
  await stranger.fill({ 'Username or email': 'ada', Password: 'a wrong one, sadly' });
  await stranger.press('Sign in');
  await stranger.page.getByRole('alert').waitFor();
  await take(stranger, 'sign-in-refused');
  await stranger.signUp('cleo');
  await take(stranger, 'welcome');
  await show(stranger, '/settings/~/authentication', 'authentication-off');
  await show(stranger, '/settings/~/tokens', 'tokens-empty');
  await stranger.leave();
}

/** Ada adds a second factor and keys. */
async function protect(ada) {
  await ada.signIn('ada');
  await ada.arriveAt('Authentication');
  await show(ada, '/settings/~/authentication/add', 'add-app');
  await ada.press('Show the QR code');
  await ada.arriveAt('Scan the QR code');
  await take(ada, 'scan');
  const [groups = ''] = /(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}/.exec(await ada.text()) ?? [];
  const secret = groups.replaceAll(' ', '');
  await ada.fill({ 'Pin code': '000000' });
  await ada.press('Save');
  await ada.page.getByRole('alert').waitFor();
  await take(ada, 'scan-refused');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press('Save');
  await ada.arriveAt('Your recovery codes');
  await take(ada, 'recovery-codes');
  await signInAgain(ada, secret);
  for (const [name, transport] of [
    ['blue stick', 'usb'],
    ['laptop', 'internal'],
  ]) {
    const key = await ada.buyKey(transport);
    await ada.open('/settings/~/authentication/keys/add', 'Add security key');
    await take(ada, 'add-key');
    await ada.fill({ Name: name });
    await ada.press('Add security key');
    await ada.arriveAt('Authentication');
    if (transport === 'internal') return { secret, key };
    await key.remove();
    advance(2 * day);
    await signInAgain(ada, secret);
  }
  throw new Error('no key');
}

async function signInAgain(ada, secret) {
  await ada.page.context().clearCookies();
  await ada.signIn('ada');
  await ada.arriveAt('Two-factor authentication');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press('Verify');
  await ada.arriveAt('Authentication');
}

async function makeTokens(ada) {
  for (const [name, type] of [
    ['build machine', 'Automation'],
    ['mirror', 'Read-only'],
  ]) {
    await ada.open('/settings/~/tokens/new', 'Generate New Token');
    await ada.fill({ 'Token name': name });
    await ada.find('radio', type).check();
    await ada.press('Generate Token');
    await ada.arriveAt('Your new token');
  }
  await take(ada, 'token-shown');
}

/** The keys that prove whose a request for help is. */
async function keepSshKeys(ada) {
  await show(ada, '/settings/~/ssh-keys', 'ssh-keys-empty');
  await show(ada, '/settings/~/ssh-keys/add', 'add-ssh-key');
  await ada.fill({ 'Public key': lineOf('ssh-ed25519', [part(ed25519Key())], 'ada@workshop') });
  await ada.press('Add SSH key');
  await ada.arriveAt('SSH Keys');
  await take(ada, 'ssh-keys');
  await ada.follow(/^Remove/);
  await ada.arriveAt('Remove SSH key');
  await take(ada, 'remove-ssh-key');
}

/** What the staff of a registry sees that takes people by invitation, and who is invited. */
async function invite(ada) {
  operate('admin', 'user', 'staff', 'ada');
  await restart({ TALLYSTICK_REGISTRATION: 'invite' });
  for (const [path, name] of [
    ['/staff/accounts', 'staff-accounts'],
    ['/staff/accounts?q=nobody', 'staff-accounts-empty'],
    ['/staff/accounts/bo', 'staff-account'],
    ['/staff/accounts/bo/freeze', 'staff-freeze'],
    ['/staff/audit', 'staff-audit'],
    ['/staff/invite', 'staff-invite'],
  ])
    await show(ada, path, name);
  await ada.press('Invite');
  await ada.arriveAt('Invitation');
  await take(ada, 'staff-invitation');
  const link = new URL((await ada.page.locator('main code').textContent()) ?? '');
  const guest = await sitDown();
  await show(guest, '/signup', 'sign-up-closed');
  await show(guest, link.pathname + link.search, 'sign-up-invited', 'Sign up');
  await guest.fill({ Username: 'dot', Email: 'dot@example.com', Password: password });
  await guest.press('Sign up');
  await guest.arriveAt('Welcome, dot');
  await guest.signOut();
  await show(guest, link.pathname + link.search, 'invitation-over');
  await guest.leave();
}

/** Every page of Ada's settings. */
async function settle(ada) {
  const base = '/settings/~/authentication';
  await show(ada, base, 'authentication');
  await ada
    .find('row', /^blue stick/)
    .getByRole('link')
    .click();
  await ada.arriveAt('blue stick');
  await take(ada, 'key');
  await ada.follow('Remove security key');
  await ada.arriveAt('Remove security key');
  await take(ada, 'remove-key');
  for (const [path, name] of [
    [`${base}/mode`, 'mode'],
    [`${base}/replace`, 'replace'],
    [`${base}/recovery-codes`, 'regenerate'],
    [`${base}/remove`, 'remove-factors'],
    [`${base}/code`, 'typed-code-form'],
    ['/settings/~/profile', 'profile'],
    ['/settings/~/password', 'password'],
    ['/settings/~/tokens', 'tokens'],
    ['/settings/~/tokens/new', 'new-token'],
    ['/settings/~/sessions', 'sessions'],
    ['/settings/~/security-log', 'security-log'],
    ['/package/left-padlock/access', 'access'],
    ['/package/left-padlock/access/maintainers', 'maintainers'],
    ['/logout', 'sign-out'],
  ])
    await show(ada, path, name);
  await ada.open('/settings/~/tokens', 'Access Tokens');
  await ada.follow('Revoke mirror');
  await ada.arriveAt('Revoke mirror');
  await take(ada, 'revoke-token');
  await ada.page.locator('summary', { hasText: 'Account menu of' }).click();
  await take(ada, 'account-menu');
  await ada.open(`${base}/code`, /./);
  await ada.press('Use a security key');
  await ada.page.getByText(/^\d{4} \d{4}$/).waitFor();
  await take(ada, 'typed-code');
}

const agent = 'npm/11.6.4 node/v24.21.0 linux x64 workspaces/false';

async function beginLogin(hostname, headers = {}) {
  const { body } = await mustAsk('POST', '/-/v1/login', {
    body: { hostname },
    headers: { 'user-agent': agent, ...headers },
  });
  return new URL(body.loginUrl).pathname;
}

/** What the command line asks of the browser. */
async function approve(ada, token, secret) {
  await show(ada, await beginLogin('workshop'), 'command-line-login');
  const draft = { name: 'left-padlock', version: '1.3.1', access: 'public' };
  const headers = { 'npm-auth-type': 'web', 'npm-command': 'publish', 'user-agent': agent };
  const asked = await ask('PUT', '/left-padlock', {
    token,
    body: documentOf({ ...draft, manifest }),
    headers,
  });
  if (asked.body.authUrl === undefined) throw new Error(JSON.stringify(asked.body));
  const { pathname } = new URL(asked.body.authUrl);
  await show(ada, pathname, 'command-line-publish-fresh');
  advance(6 * 60_000);
  const again = await ask('PUT', '/left-padlock', {
    token,
    body: documentOf({ ...draft, manifest }),
    headers,
  });
  await show(ada, new URL(again.body.authUrl).pathname, 'command-line-publish');
  await ada.fill({ 'Pin code': codeOf(secret) });
  await ada.press(/^Approve this release/);
  await ada.arriveAt('Release');
  const { body } = await mustAsk(
    'GET',
    new URL(again.body.doneUrl).pathname + new URL(again.body.doneUrl).search,
  );
  const otp = body.token;
  await mustAsk('PUT', '/left-padlock', { token, otp, body: documentOf({ ...draft, manifest }), headers });
  await mustAsk('PUT', '/left-padlock', {
    token,
    otp,
    body: documentOf({ ...draft, version: '1.3.2', manifest }),
    headers,
  });
  await ada.page.reload();
  await take(ada, 'command-line-release');
}

try {
  await logIn('ada');
  const ada = await sitDown();
  const { secret, key } = await protect(ada);
  await key.putAway();
  const token = await live(secret);
  await restart();
  await visit();
  await signInAgain(ada, secret);
  await makeTokens(ada);
  advance(3 * day);
  await ada.page.context().clearCookies();
  await ada.open('/login', /./);
  await ada.fill({ 'Username or email': 'ada', Password: password });
  await ada.press('Sign in');
  await ada.arriveAt('Two-factor authentication');
  await take(ada, 'second-step');
  await ada.follow(/^Lost access/);
  await take(ada, 'second-step-recovery');
  await signInAgain(ada, secret);
  await key.takeOut();
  await settle(ada);
  await keepSshKeys(ada);
  await approve(ada, token, secret);
  await invite(ada);
  console.log(`${taken.length} pages, pictures in ${folder}`);
} finally {
  await browser.close();
  await close();
}
