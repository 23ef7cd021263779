import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openApp } from '../support/app.ts';
import { Browser } from './browser.ts';

/** Width and kind of each picture in an icon file. */
const picturesIn = (bytes: Buffer): unknown[] =>
  Array.from({ length: bytes.readUInt16LE(4) }, (_none, index) => {
    const entry = 6 + 16 * index;
    const start = bytes.readUInt32LE(entry + 12);
    return [bytes.readUInt8(entry), bytes.subarray(start + 1, start + 4).toString()];
  });

test('browsers and bookmarks find an icon at the address where they look for one', async () => {
  const browser = new Browser(await openApp('sqlite'));
  for (const accept of ['image/avif,image/webp,*/*;q=0.8', 'application/json']) {
    const answer = await browser.send('GET', '/favicon.ico', { headers: { accept } });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('image/x-icon');
    // Its address has no version: a day.
    expect(answer.headers['cache-control']).toBe('public, max-age=86400');
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
    expect(picturesIn(answer.rawPayload)).toEqual([
      [16, 'PNG'],
      [32, 'PNG'],
      [48, 'PNG'],
    ]);
  }
});

test('every file that a page names is there, its icons among them', async () => {
  const browser = await new Browser(await openApp('sqlite')).open('/login');
  const files = [...browser.body.matchAll(/(?:href|src)="(\/-\/site\/[^"]+)"/g)].map(([, path = '']) => path);
  for (const name of ['favicon.ico', 'mark.svg', 'mark-dark.svg', 'site.css'])
    expect(files.some((path) => path.includes(`/${name}?v=`))).toBe(true);
  for (const path of files) {
    const answer = await browser.send('GET', path);
    expect(answer.statusCode, path).toBe(200);
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  }
});

test('the style sheet is one file to browsers: its parts are joined in it, and have no addresses', async () => {
  const browser = new Browser(await openApp('sqlite'));
  const folder = new URL('../../src/site/public/styles/', import.meta.url);
  const sheet = await browser.send('GET', '/-/site/site.css');
  expect(sheet.headers['content-type']).toBe('text/css; charset=utf-8');
  for (const name of readdirSync(folder)) {
    expect(String(sheet.rawPayload), name).toContain(readFileSync(new URL(name, folder), 'utf8'));
    for (const path of [name, `styles/${name}`, `styles%2f${name}`])
      expect((await browser.send('GET', `/-/site/${path}`)).statusCode, path).toBe(404);
  }
});
