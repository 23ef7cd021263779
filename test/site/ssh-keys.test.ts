import { expect, it } from 'vitest';
import { parseSshPublicKey } from '../../src/accounts/ssh-public-keys.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { freshLine, goodLines } from '../support/ssh-lines.ts';
import { Browser } from './browser.ts';
import { mailsOf } from './mailed.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

const base = '/settings/ann/ssh-keys';
const later = 6 * 60_000;

const add = async (browser: Browser, line: string, told: Record<string, string> = {}): Promise<Browser> =>
  (await browser.open(`${base}/add`)).submit(`${base}/add`, { 'public-key': line, ...told });

const rowsOf = ({ app }: TestApp) =>
  app.store.read((tx) => tx.sql.selectFrom('ssh_keys').selectAll().orderBy('id').execute());

/** What was mailed, all of it. */
const mailed = async (app: TestApp): Promise<string[]> =>
  (await mailsOf(app)).map((mail) => JSON.stringify(mail));

eachDialect('SSH keys', (dialect) => {
  it('of a new account are none, and the page teaches how to make one', async () => {
    const browser = await signUp(await openApp(dialect));
    await browser.open('/settings/~/ssh-keys');
    expect(browser.heading()).toBe('SSH Keys');
    for (const words of ['You have no SSH keys yet.', 'ssh-keygen -t ed25519', 'cat ~/.ssh/id_ed25519.pub'])
      expect(browser.text()).toContain(words);
  });

  it('are added by pasting, listed with kind and fingerprint, and told by mail', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    for (const line of Object.values(goodLines)) {
      await add(browser, `${line}\n`, { 'key-name': `key <${line.split(' ')[0]}>` });
      expect([browser.path, browser.status]).toEqual([`${base}?done=added`, 200]);
      app.clock.advance(1000);
    }
    expect(browser.text()).toContain('The SSH key was added.');
    for (const line of Object.values(goodLines)) {
      expect(browser.text()).toContain(`key <${line.split(' ')[0]}>`);
      expect(browser.text()).toContain(parseSshPublicKey(line).fingerprint);
    }
    expect(browser.body).not.toContain('<ssh-rsa>');
    expect(browser.text()).toContain('Ed25519 on a security key');
    const [first] = await rowsOf(app);
    expect(first).toMatchObject({
      algorithm: 'ssh-ed25519',
      blob: goodLines['ssh-ed25519']?.split(' ')[1],
    });
    const mail = (await mailed(app)).find((text) => text.includes('An SSH key was added')) ?? '';
    expect(mail).toContain(first?.fingerprint);
    expect(mail).toContain('ann@example.com');
  });

  it('take their name from the end of the line where none is given', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await add(browser, freshLine('ann at home'));
    app.clock.advance(1000);
    await add(browser, freshLine(''));
    expect(browser.status).toBe(400);
    expect(browser.text()).toContain('Give the key a name');
    await add(browser, freshLine('x'.repeat(100)));
    expect((await rowsOf(app)).map(({ name }) => name)).toEqual(['ann at home', 'x'.repeat(64)]);
    await add(browser, freshLine(), { 'key-name': 'two\u2028lines' });
    expect(browser.text()).toContain('The name of a key is one line');
  });

  it('are refused with a sentence and keep what was typed, but never a private key', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await add(browser, 'hello', { 'key-name': 'mine' });
    expect(browser.status).toBe(400);
    expect(browser.text()).toContain('Only Ed25519, ECDSA and RSA keys');
    expect(browser.fields(`${base}/add`)).toMatchObject({ 'public-key': 'hello', 'key-name': 'mine' });
    await add(browser, '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0c2VjcmV0');
    expect(browser.status).toBe(400);
    expect(browser.text()).toContain('This is a private key');
    expect(browser.body).not.toContain('c2VjcmV0');
    expect(await rowsOf(app)).toEqual([]);
  });

  it('stand once in an account, and in another one as well', async () => {
    const app = await openApp(dialect);
    const ann = await signUp(app);
    const line = freshLine();
    await add(ann, line, { 'key-name': 'laptop' });
    await add(ann, line.replace('ann@laptop', 'again'));
    expect(ann.status).toBe(400);
    expect(ann.text()).toContain('Your account has this key already, as "laptop".');
    const ben = await signUp(app, 'ben');
    await ben.open('/settings/ben/ssh-keys/add');
    await ben.submit('/settings/ben/ssh-keys/add', { 'public-key': line });
    expect(ben.path).toBe('/settings/ben/ssh-keys?done=added');
  });

  it('are twenty at most', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    for (let count = 0; count < 20; count += 1) await add(browser, freshLine(`key ${count}`));
    await add(browser, freshLine());
    expect(browser.text()).toContain('An account has at most 20 SSH keys: remove one first.');
    expect(await rowsOf(app)).toHaveLength(20);
  });

  it('are removed on a page of their own, which is told by mail', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await add(browser, freshLine(), { 'key-name': 'old laptop' });
    const [row] = await rowsOf(app);
    const remove = `${base}/${row?.id}/remove`;
    expect(browser.body).toContain(`href="${remove}"`);
    await browser.open(remove);
    expect(browser.text()).toContain('old laptop');
    expect(browser.text()).toContain(row?.fingerprint);
    await browser.submit(remove);
    expect(browser.path).toBe(`${base}?done=removed`);
    expect(browser.text()).toContain('You have no SSH keys yet.');
    expect((await mailed(app)).join()).toContain('An SSH key was removed');
    expect((await browser.open(remove)).status).toBe(404);
    await browser.open('/settings/~/security-log');
    for (const words of ['Added an SSH key', 'Removed an SSH key']) expect(browser.text()).toContain(words);
  });

  it('of another are not there, and are removed by nobody else', async () => {
    const app = await openApp(dialect);
    const ann = await signUp(app);
    await add(ann, freshLine());
    const [row] = await rowsOf(app);
    const ben = await signUp(app, 'ben');
    for (const path of [base, `${base}/add`, `${base}/${row?.id}/remove`])
      expect((await ben.open(path)).status).toBe(404);
    await ben.open('/settings/ben/ssh-keys/add');
    const { form = '' } = ben.fields('/settings/ben/ssh-keys/add');
    const body = new URLSearchParams({ form, 'public-key': freshLine(), password }).toString();
    for (const path of [`${base}/add`, `${base}/${row?.id}/remove`])
      expect((await ben.send('POST', path, { body })).statusCode).toBe(404);
    const foreign = `/settings/ben/ssh-keys/${row?.id}/remove`;
    expect((await ben.send('POST', foreign, { body })).statusCode).toBe(404);
    expect(await rowsOf(app)).toHaveLength(1);
    expect((await new Browser(app).open(base)).heading()).toBe('Sign in');
  });

  it('ask for the password after five minutes, where there is no second factor', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    app.clock.advance(later);
    await add(browser, freshLine());
    expect([browser.status, browser.text()]).toEqual([401, expect.stringContaining('Enter your password.')]);
    await add(browser, freshLine(), { password: 'wrong' });
    expect(browser.status).toBe(401);
    expect(await rowsOf(app)).toEqual([]);
    await add(browser, freshLine(), { password });
    expect(browser.path).toBe(`${base}?done=added`);
  });

  it('ask for the code after five minutes, where there is a second factor, and for no password', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const browser = await signIn(app, 'ann', secret);
    app.clock.advance(later);
    await browser.open(`${base}/add`);
    expect(browser.body).not.toContain('type="password"');
    await add(browser, freshLine());
    expect(browser.status).toBe(401);
    await add(browser, freshLine(), { code: '000000' });
    expect(browser.text()).toContain('Invalid OTP');
    expect(await rowsOf(app)).toEqual([]);
    await add(browser, freshLine(), { code: codeNow(app, secret) });
    expect(browser.path).toBe(`${base}?done=added`);
    app.clock.advance(later);
    const [row] = await rowsOf(app);
    const remove = `${base}/${row?.id}/remove`;
    await (await browser.open(remove)).submit(remove);
    expect(browser.status).toBe(401);
    await browser.submit(remove, { code: codeNow(app, secret) });
    expect(browser.path).toBe(`${base}?done=removed`);
  });

  it('are no business of the terminal: no token of any kind adds or lists them', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const body = { name: 'ann', password };
    const { token } = (await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body })).json();
    const headers = { accept: 'text/html', host: 'localhost:4873' };
    const shown = await app.ask('GET', base, { token, headers });
    expect([shown.statusCode, shown.headers.location]).toEqual([303, expect.stringContaining('/login')]);
    expect((await app.ask('POST', `${base}/add`, { token, headers, body: {} })).statusCode).not.toBe(200);
    expect(await rowsOf(app)).toEqual([]);
  });
});
