import { describe, expect, it } from 'vitest';
import { openApp } from '../support/app.ts';
import { documentOf } from '../support/document.ts';
import { Browser } from './browser.ts';
import { password, signUp } from './people.ts';
import { payloads } from './xss.ts';

/** Every element of a page with the names of its attributes: what a text could add to if it were more than shown. */
const elementsOf = (body: string): Set<string> =>
  new Set((body.match(/<[a-z](?:"[^"]*"|[^">])*>/gi) ?? []).map((tag) => tag.replaceAll(/="[^"]*"/g, '')));

/** What is on the page and not on a harmless one. */
const addedTo = (harmless: Set<string>, body: string): string[] =>
  [...elementsOf(body)].filter((element) => !harmless.has(element));

/** Texts of one line, as fields take them. */
const texts = Object.values(payloads)
  .flat()
  .map((payload) =>
    payload
      .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
      .trim()
      .slice(0, 200),
  )
  .filter((text) => text !== '');

describe('texts of people are shown and do nothing else:', () => {
  it('there are many of them', () => expect(texts.length).toBeGreaterThan(200));

  it('whatever a query asks for', async () => {
    const app = await openApp('sqlite');
    const browser = new Browser(app);
    const places = [
      (text: string) => `/search?q=${text}`,
      (text: string) => `/login?next=${text}&username=${text}`,
      (text: string) => `/signup?username=${text}&email=${text}`,
      (text: string) => `/package/${text}`,
    ];
    for (const place of places) {
      // With and without a page to go on to, of a search that is too long, and of a path that is none.
      const harmless = new Set<string>();
      for (const text of ['harmless', '%2Fharmless', 'x'.repeat(600), '%00']) {
        const { body } = await browser.send('GET', place(text));
        for (const element of elementsOf(body)) harmless.add(element);
      }
      for (const text of texts) {
        const answer = await browser.send('GET', place(encodeURIComponent(text)));
        expect([text, answer.statusCode < 500]).toEqual([text, true]);
        expect([text, addedTo(harmless, answer.body)]).toEqual([text, []]);
      }
    }
  });

  it('whatever stands in a profile', async () => {
    const app = await openApp('sqlite');
    const browser = await signUp(app);
    const path = '/settings/ann/profile';
    await browser.open(path);
    await browser.submit(path, { fullname: 'harmless', homepage: 'harmless', github: 'harmless' });
    await browser.open(path);
    const harmless = elementsOf(browser.body);
    for (const text of texts) {
      await browser.submit(path, { fullname: text, homepage: text, github: text });
      expect([text, browser.status]).toEqual([text, 200]);
      await browser.open(path);
      expect([text, addedTo(harmless, browser.body)]).toEqual([text, []]);
    }
  });

  it('whatever a package says of itself', async () => {
    const app = await openApp('sqlite');
    await signUp(app);
    const { token } = (
      await app.ask('PUT', '/-/user/org.couchdb.user:ann', { body: { name: 'ann', password } })
    ).json();
    const browser = new Browser(app);
    let harmless: Set<string> | undefined;
    for (const [index, text] of ['harmless', ...texts].entries()) {
      const name = `hostile-${index}`;
      const manifest = { description: text, license: text, author: text, keywords: [text, 'harmless'] };
      const answer = await app.ask('PUT', `/${name}`, {
        token,
        body: documentOf({ name, version: '1.0.0', manifest }),
      });
      expect([text, answer.statusCode]).toEqual([text, 201]);
      await browser.open(`/package/${name}`);
      expect(browser.status).toBe(200);
      harmless ??= elementsOf(browser.body);
      expect([text, addedTo(harmless, browser.body)]).toEqual([text, []]);
    }
  });
});
