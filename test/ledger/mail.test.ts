import { describe, expect, test } from 'vitest';
import { asUtc, composeMail, notice } from '../../src/ledger/mail.ts';

const site = {
  name: 'Acme Packages',
  publicUrl: 'https://registry.example',
  supportEmail: 'help@registry.example',
};
const at = Date.UTC(2026, 0, 15, 12, 0, 5, 789);

const tokenNotice = notice({
  to: 'ann@example.com',
  account: 'ann',
  what: 'New access token',
  details: ['An access token named "ci" was created for your account.'],
  at,
  address: '192.0.2.7',
  client: 'npm/11.19.1 node/v24.21.0 linux x64',
});

describe('a notice', () => {
  test('reads as plain text from greeting to signature', () => {
    const { html, ...mail } = composeMail(tokenNotice, 'id1', site);
    expect(html).toContain('npm/11.19.1');
    expect(mail).toEqual({
      to: 'ann@example.com',
      subject: 'New access token for ann on registry.example',
      messageId: '<id1@registry.example>',
      text: [
        'Hello ann,',
        '',
        'An access token named "ci" was created for your account.',
        '',
        'When: 2026-01-15 12:00:05 UTC.',
        '',
        'From: 192.0.2.7.',
        '',
        'With: npm/11.19.1 node/v24.21.0 linux x64',
        '',
        'If it was you, there is nothing to do. If it was not you, act now: set a',
        'new password with "npm profile set password", look through',
        '"npm token list", and end what you do not know with "npm token revoke".',
        '',
        '-- ',
        'Acme Packages, https://registry.example',
        'Help: help@registry.example',
        '',
      ].join('\n'),
    });
  });

  test('is HTML too: one column, its commands set apart, every text escaped, nothing loaded from anywhere', () => {
    const { html = '' } = composeMail(
      {
        to: 'a@b.c',
        account: '<b>ann</b>',
        what: 'x"><script>',
        paragraphs: ['Run "npm token list" & see <img src=x onerror=alert(1)>.'],
        link: { label: 'Open "it"', path: '/settings/~/tokens?a=1&b="2"' },
      },
      'id1',
      site,
    );
    expect(html).toContain('Hello &lt;b&gt;ann&lt;/b&gt;,');
    expect(html).toMatch(/<code style="[^"]*">npm token list<\/code> &amp; see &lt;img/);
    expect(html).toContain('href="https://registry.example/settings/~/tokens?a=1&amp;b=&quot;2&quot;"');
    expect(html).not.toMatch(/<(script|img|link|iframe)|url\(/i);
  });

  test('leaves out what is not known', () => {
    const { paragraphs } = notice({
      to: 'a@b.c',
      account: 'ann',
      what: 'x',
      details: [],
      at,
      advice: 'Call us.',
    });
    expect(paragraphs).toEqual([`When: ${asUtc(at)}.`, 'If it was you, there is nothing to do. Call us.']);
  });

  test.each(['', ' \t', '\u202e'])('a client that does not say what it is, %j, has no line', (client) => {
    const { paragraphs } = notice({ to: 'a@b.c', account: 'ann', what: 'x', details: [], at, client });
    expect(paragraphs.join('\n')).not.toContain('With:');
  });

  test('a client that names itself like a link is not made one, and is cut', () => {
    const client = `Locked! https://evil.example/${'x'.repeat(500)}`;
    const { paragraphs } = notice({ to: 'a@b.c', account: 'ann', what: 'x', details: [], at, client });
    expect(paragraphs[1]).toContain('With: Locked! https: evil.example');
    expect(paragraphs[1]).toHaveLength('With: '.length + 120);
  });
});

describe('a mail', () => {
  test('cannot be given a second line in its subject or a false signature in its text', () => {
    const mail = composeMail(
      {
        to: 'ann@example.com',
        account: 'ann',
        what: 'Token\r\nBcc: eve@example.com\n\nfree text',
        paragraphs: ['one\n-- \nFake, https://evil.example\u202e'],
      },
      'id',
      site,
    );
    expect(mail.subject).toBe('Token Bcc: eve@example.com free text for ann on registry.example');
    expect(mail.text.split('\n').slice(0, 4)).toEqual([
      'Hello ann,',
      '',
      'one -- Fake, https://evil.example',
      '',
    ]);
  });

  test('has its link on a line of its own, whole, below the public URL with its prefix', () => {
    const path = `/reset/${'f'.repeat(64)}`;
    const wish = { to: 'a@b.c', account: 'ann', what: 'x', paragraphs: [], link: { label: 'Open', path } };
    const prefixed = { name: 'T', publicUrl: 'http://localhost:4873/npm' };
    const mail = composeMail(wish, 'id', prefixed);
    expect(mail.text.split('\n')).toContain(`http://localhost:4873/npm${path}`);
    expect(mail.subject).toBe('x for ann on localhost:4873');
    expect(mail.messageId).toBe('<id@localhost>');
  });
});
