import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeHtml } from '../../src/site/readme/markdown.ts';
import { payloads } from './xss.ts';

const executablePath = '/usr/bin/chromium';

const all = Object.values(payloads).flat();

/** Served without the policy that the site sends along: the cleaning must hold alone. */
const pages: Readonly<Record<string, () => string>> = {
  '/unguarded': () => [...(payloads.images ?? []), ...(payloads.scripts ?? [])].join('\n'),
  '/apart': () => all.map((payload) => `<section>${writeHtml(payload, {})}</section>`).join('\n'),
  '/in-blocks': () =>
    all.map((payload) => `<section>${writeHtml(`<div>${payload}</div>`, {})}</section>`).join('\n'),
  '/together': () => writeHtml(all.join('\n\n'), { repository: 'https://github.com/ada/hello' }),
};

interface Seen {
  /** How often a script of a README ran, or asked somebody something. */
  ran: number;
  /** What was asked for beside the page. */
  requests: string[];
}

/** Everything that a person could do to a page, done to each of its elements. */
function provoke(): void {
  const names = [
    'click',
    'mouseover',
    'focus',
    'keydown',
    'toggle',
    'animationend',
    'error',
    'load',
    'wheel',
  ];
  document.addEventListener('click', (event) => event.preventDefault(), true);
  for (const element of document.body.querySelectorAll<HTMLElement>('*')) {
    element.focus();
    for (const name of names) element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }));
  }
}

/** The elements and attributes that the browser has made of a page, each once. */
function census(): { elements: string[]; attributes: string[]; schemes: string[]; foreign: number } {
  const inside = [...document.body.querySelectorAll('*')];
  const sorted = (values: string[]): string[] => [...new Set(values)].sort();
  return {
    elements: sorted(inside.map(({ localName }) => localName)),
    attributes: sorted(inside.flatMap((one) => one.getAttributeNames())),
    schemes: sorted([...document.links].map(({ protocol }) => protocol)),
    foreign: inside.filter((one) => one.namespaceURI !== 'http://www.w3.org/1999/xhtml').length,
  };
}

describe.skipIf(!existsSync(executablePath))('a hostile README in Chromium', () => {
  let browser: Browser;
  let server: Server;
  let origin: string;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const body = pages[request.url ?? '']?.();
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' });
      response.end(body === undefined ? '' : `<!doctype html><html lang="en"><body>${body}</body></html>`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const open = async (path: string): Promise<{ page: Page; seen: Seen }> => {
    const page = await browser.newPage();
    const seen: Seen = { ran: 0, requests: [] };
    const note = (): void => {
      seen.ran += 1;
    };
    await page.exposeFunction('run', note);
    page.on('dialog', (dialog) => {
      note();
      void dialog.dismiss();
    });
    // Nothing leaves this machine, whatever a page asks for.
    await page.route('**/*', (route) => {
      const url = route.request().url();
      if (url === `${origin}${path}`) return route.continue();
      seen.requests.push(url);
      return route.abort();
    });
    await page.goto(`${origin}${path}`, { waitUntil: 'domcontentloaded' });
    await page.evaluate(provoke);
    // What was called before is answered before this.
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
    return { page, seen };
  };

  test('runs where nobody cleans it', async () => {
    const { page, seen } = await open('/unguarded');
    expect(seen.ran).toBeGreaterThan(5);
    expect(seen.requests.length).toBeGreaterThan(2);
    await page.close();
  });

  test.each(['/apart', '/in-blocks', '/together'])(
    'runs nothing, loads nothing and is nothing but text and links: %s',
    async (path) => {
      const { page, seen } = await open(path);
      expect(seen).toEqual({ ran: 0, requests: [] });
      expect(page.frames()).toHaveLength(1);
      expect(page.url()).toBe(`${origin}${path}`);
      const { elements, attributes, schemes, foreign } = await page.evaluate(census);
      const forbidden =
        /^(?:script|style|iframe|frame|object|embed|form|input|button|img|svg|math|base|meta|link)$/;
      expect(elements.filter((name) => forbidden.test(name))).toEqual([]);
      const known =
        /^(?:href|rel|id|class|dir|align|title|open|tabindex|start|colspan|rowspan|aria-(?:describedby|label))$/;
      expect(attributes.filter((name) => !known.test(name))).toEqual([]);
      expect(schemes.filter((scheme) => !/^(?:https?|mailto):$/.test(scheme))).toEqual([]);
      expect(foreign).toBe(0);
      await page.close();
    },
  );
});
