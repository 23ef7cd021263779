// Drives the built server as people do, in Chromium, with a clock that is moved through half a year, and takes pictures of its
// pages in light and dark, 390 and 1280 pixels wide: those that docs/screenshots keeps, or with `--all FOLDER` every one.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launch, Person, password } from '../test/browser/chromium.ts';
import { documentOf } from '../test/support/document.ts';
import { findFreePort } from '../test/support/postgres.ts';
import { startServer } from '../test/support/process.ts';
import { codeOfStep } from '../test/support/totp.ts';

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
const day = 24 * 60 * 60_000;

/** The server's clock is the machine's, moved by what stands in a file. */
const scratch = mkdtempSync(join(tmpdir(), 'tallystick-screenshots-'));
const clockFile = join(scratch, 'offset');
const preload = join(scratch, 'clock.mjs');
let offset = -190 * day;
const setClock = () => writeFileSync(clockFile, String(offset));
const advance = (milliseconds) => {
  offset += milliseconds;
  setClock();
};
setClock();
writeFileSync(
  preload,
  `import { readFileSync } from 'node:fs';
const now = Date.now;
Date.now = () => now() + Number(readFileSync(${JSON.stringify(clockFile)}, 'utf8'));`,
);

const port = await findFreePort();
const origin = `http://localhost:${port}`;
const serverWish = {
  port,
  publicUrl: origin,
  env: { NODE_OPTIONS: `--import=${pathToFileURL(preload)}` },
};
let server = await startServer(serverWish);
const browser = await launch();
mkdirSync(folder, { recursive: true });
const taken = [];

const ask = async (method, path, { token, body, otp, headers = {} } = {}) => {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(otp === undefined ? {} : { 'npm-otp': otp }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text.startsWith('{') ? JSON.parse(text) : text,
  };
};

async function mustAsk(...wish) {
  const answer = await ask(...wish);
  if (answer.status >= 400)
    throw new Error(`${wish[0]} ${wish[1]}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

/** Code of an app now; the next one is another. */
const codeOf = (secret) => {
  advance(30_000);
  return codeOfStep(secret, Math.floor((Date.now() + offset) / 30_000));
};

/** Signs up, or logs in where the account is there. */
async function logIn(name, secret) {
  const body = { name, password, email: `${name}@example.com` };
  const otp = secret && codeOf(secret);
  return (await mustAsk('PUT', `/-/user/org.couchdb.user:${name}`, { body, otp })).body.token;
}

const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
const sitDown = () => Person.sitDown(browser, origin, { userAgent });

async function publish(token, draft, { readme, ...more } = {}) {
  const document = documentOf({
    access: 'public',
    ...draft,
    manifest: { ...draft.manifest, ...(readme ? { readme } : {}) },
  });
  const path = `/${draft.name.replace('/', '%2f')}`;
  return mustAsk('PUT', path, { token, body: { ...document, ...(readme ? { readme } : {}) }, ...more });
}

async function download(name, version, times) {
  for (let count = 0; count < times; count += 1)
    await (await fetch(`${server.url}/${name}/-/${name.split('/').at(-1)}-${version}.tgz`)).arrayBuffer();
}

const readme = `# left-padlock

Pads a string on the left, and asks for a second factor before it lets go of it.

## Install

\`\`\`sh
npm install left-padlock
\`\`\`

## Use

\`\`\`js
import { pad } from 'left-padlock';

pad('17', 5, '0'); // '00017'
\`\`\`

| option | default | meaning |
| --- | --- | --- |
| \`width\` | \`2\` | how wide the result is at least |
| \`with\` | \`' '\` | what is put before it |
| \`keep\` | \`false\` | whether longer strings stay as they are |

> Strings that are long enough are not touched. See the [notes on width](https://example.com/width).

- counts by code point, not by unit
- no dependencies at run time
- typed
`;

const manifest = {
  description: 'Pads a string on the left, and asks for a second factor first',
  license: 'MIT',
  homepage: 'https://example.com/left-padlock',
  repository: { type: 'git', url: 'git+https://github.com/ada/left-padlock.git' },
  keywords: ['string', 'pad', 'two-factor'],
  engines: { node: '>=20' },
};

/** Half a year of two people and their packages. */
async function live(secret) {
  await logIn('bo');
  let week = 0;
  for (const version of ['1.0.0', '1.0.1', '1.1.0', '1.2.0', '1.3.0', '2.0.0-beta.1']) {
    const [tag] = version.includes('beta') ? ['next'] : ['latest'];
    const dependencies = { 'string-width': '^7.2.0', ...(version > '1.1' ? { tallymark: '^0.4.0' } : {}) };
    await publish(
      await logIn('ada', secret),
      { name: 'left-padlock', version, tag, manifest: { ...manifest, dependencies } },
      { readme, otp: codeOf(secret) },
    );
    for (let weeks = 0; weeks < 5; weeks += 1, week += 1) {
      await download('left-padlock', '1.0.0', 2 + week + ((week * 7) % 11));
      advance(5.6 * day);
    }
    if (version === '1.0.1')
      await publish(await logIn('bo'), {
        name: 'tallymark',
        version: '0.4.2',
        manifest: { description: 'Marks in groups of five', license: 'ISC', keywords: ['count', 'string'] },
      });
  }
  await publish(await logIn('bo'), {
    name: '@bo/ledger',
    version: '3.1.0',
    manifest: {
      description: 'Keeps books with left-padlock and tallymark',
      license: 'Apache-2.0',
      dependencies: { 'left-padlock': '^1.2.0', tallymark: '^0.4.0' },
    },
  });
  const draft = {
    name: '@ada/notch',
    version: '0.2.0',
    manifest: { description: 'Cuts a notch into both halves of a stick', license: 'MIT' },
  };
  const token = await logIn('ada', secret);
  await publish(token, draft, { otp: codeOf(secret) });
  return token;
}

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
  // A server that stops writes down its downloads.
  await server.stop();
  server = await startServer({ ...serverWish, dataDir: server.dataDir });
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
  await approve(ada, token, secret);
  console.log(`${taken.length} pages, pictures in ${folder}`);
} finally {
  await browser.close();
  await server.remove();
  rmSync(scratch, { recursive: true, force: true });
}
