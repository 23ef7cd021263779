import { expect, test } from 'vitest';
import { publish } from '../packages/publisher.ts';
import { Browser } from '../site/browser.ts';
import { goodPassword, openWorld, signUp } from './people.ts';

test('a readme runs nothing, loads nothing and sends nobody back with credit', async () => {
  const world = await openWorld();
  const { token } = await signUp(world);
  const readme = [
    '# Hello',
    '<script>alert(1)</script><style>body{display:none}</style><svg onload="alert(2)"></svg>',
    '<iframe src="https://evil.example/"></iframe><form action="https://evil.example/"><input name="password"></form>',
    '<img src="https://evil.example/pixel.png" onerror="alert(3)"><img src="data:image/png;base64,AAAA">',
    '[one](javascript:alert(4)) [two](https://evil.example/page) <a href="data:text/html,x">three</a>',
    '<p id="content">taken</p>',
  ].join('\n\n');
  const draft = { name: 'hello', version: '1.0.0', manifest: { readme, readmeFilename: 'README.md' } };
  const answer = await publish(world, token, draft);
  expect(answer.statusCode, answer.body).toBe(201);
  const { body } = await new Browser(world).open('/package/hello');
  const [, shown = ''] = /<div class="prose">([\s\S]*?taken[\s\S]*?)<\/div>/.exec(body) ?? [];
  expect(shown).toContain('taken');
  expect(shown).not.toMatch(/<(?:script|style|svg|iframe|form|input|img)\b/i);
  expect(shown).not.toMatch(/\son\w+\s*=|javascript:|data:/i);
  expect(shown).not.toMatch(/id="content"/);
  expect(shown).toMatch(/<a [^>]*href="https:\/\/evil\.example\/page"[^>]*>/);
  for (const [link] of shown.matchAll(/<a [^>]*href="https:[^>]*>/g))
    expect(link).toContain('rel="nofollow noopener ugc"');
});

test('signing in leads to no other site, however its address is spelt', async () => {
  const world = await openWorld();
  await signUp(world);
  for (const next of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/a\tb',
    '/\r\nset-cookie: a=b',
    'javascript:alert(1)',
  ]) {
    const browser = await new Browser(world).open(`/login?next=${encodeURIComponent(next)}`);
    expect(browser.body, next).not.toContain('evil.example');
    const answer = await browser.submit('/login', { username: 'hannah', password: goodPassword, next });
    expect(answer.path, next).toMatch(/^\/settings\/~\/[a-z]+$/);
  }
});
