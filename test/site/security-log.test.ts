import { sql } from 'kysely';
import { describe, expect, it, test } from 'vitest';
import { linkPending } from '../../src/ledger/audit.ts';
import { actions, policy } from '../../src/policy/policy.ts';
import { hasWords } from '../../src/site/settings/event-words.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { Browser } from './browser.ts';
import { codeNow, enable, password, signIn, signUp } from './people.ts';

const dialects = ['sqlite', 'postgres'] as const;
const path = '/settings/ann/security-log';

const rowsOf = ({ body }: Browser): string[] =>
  [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].slice(1).map(([, row = '']) =>
    row
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  );

/** Changes the profile so many times: one row each. */
async function writeRows(app: TestApp, count: number): Promise<void> {
  const { token } = (
    await app.ask('PUT', '/-/user/org.couchdb.user:ann', {
      body: { name: 'ann', password, type: 'user', roles: [] },
    })
  ).json();
  for (let number = 1; number <= count; number += 1) {
    const { statusCode } = await app.ask('POST', '/-/npm/v1/user', {
      token,
      body: { fullname: `Ann the ${number}.` },
    });
    expect(statusCode).toBe(200);
  }
}

describe.each(dialects)('the security log (%s)', (dialect) => {
  it('tells what happened, when, from where, with which factor, and how it ended, newest first', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    const { secret } = await enable(app);
    const attacker = new Browser(app);
    attacker.headers['user-agent'] = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    attacker.address = '192.0.2.7';
    await attacker.open('/login');
    await attacker.submit('/login', { username: 'ann', password: 'not the password at all' });
    app.clock.advance(3_600_000);
    const browser = await signIn(app, 'ann', secret);
    app.clock.advance(5 * 60_000);
    await browser.open('/settings/~/tokens/new');
    await browser.submit('/settings/ann/tokens/new', {
      name: 'x',
      type: 'readonly',
      code: codeNow(app, secret),
    });
    await linkPending(app.app.store);

    await browser.open('/settings/~/security-log');
    expect(browser.heading()).toBe('Security log');
    const [created, signedIn, failed] = rowsOf(browser);
    expect(created).toMatch(
      /^Generated an access token done just now 127\.0\.0\.1 Mozilla\/5\.0 \(test\) this session Pin code \d+$/,
    );
    expect(signedIn).toMatch(
      /^Second step of a sign-in on the website done 5 minutes ago 127\.0\.0\.1 .* Pin code/,
    );
    expect(failed).toMatch(
      /^Began to sign in on the website by somebody who was not signed in refused: wrong password 1 hour ago 192\.0\.2\.7 Firefox on Linux not asked/,
    );
    expect(rowsOf(browser).join()).toContain('Added an authentication app');
    expect(browser.text()).toContain('Those on this page are unaltered.');
  });

  it('has fifty entries a page', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await writeRows(app, 59);
    await browser.open('/settings/~/security-log');
    expect(rowsOf(browser)).toHaveLength(50);
    expect(browser.text()).toContain('Page 1 of 2');
    await browser.open('/settings/~/security-log?page=2');
    expect(rowsOf(browser)).toHaveLength(10);
    expect(rowsOf(browser).at(-1)).toContain('Logged in on the command line');
    expect((await browser.open('/settings/~/security-log?page=0')).status).toBe(404);
  });

  it('says when an entry was altered', async () => {
    const app = await openApp(dialect);
    const browser = await signUp(app);
    await writeRows(app, 2);
    const { store } = app.app;
    await linkPending(store);
    const trigger = dialect === 'sqlite' ? 'drop trigger audit_stays' : 'drop trigger audit_stays on audit';
    await store.write(async (tx) => {
      await sql.raw(trigger).execute(tx.sql);
      await sql`update audit set entry = replace(entry, '127.0.0.1', '192.0.2.1') where sequence =
        (select max(sequence) from audit)`.execute(tx.sql);
    });
    await browser.open('/settings/~/security-log');
    expect(browser.text()).toContain('This log was altered');
    expect(browser.text()).toMatch(/Entry \d+ on this page cannot be believed/);
    expect(browser.text()).not.toContain('unaltered');
  });

  it('is nobody else’s: it holds no row of another account, who finds no page, and a stranger signs in first', async () => {
    const app = await openApp(dialect);
    await signUp(app);
    await writeRows(app, 1);
    const ben = await signUp(app, 'ben');
    await ben.open('/settings/~/security-log');
    expect(rowsOf(ben)).toEqual([]);
    expect(ben.text()).toContain('Nothing has been written down yet.');
    expect((await ben.open(path)).status).toBe(404);
    expect((await new Browser(app).open(path)).heading()).toBe('Sign in');
  });
});

test('everything that an account does and that is written down has words of its own', () => {
  const mute = actions.filter(
    (action) => policy[action].audited && policy[action].on !== 'site' && !hasWords(action),
  );
  expect(mute).toEqual([]);
});
