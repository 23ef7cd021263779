import { Browser } from '../site/browser.ts';
import type { TestApp } from '../support/app.ts';

/** The same browser once more, with the page that it shows, at this or another process. */
export function copyOf(browser: Browser, app: TestApp): Browser {
  const copy = new Browser(app);
  for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
  copy.body = browser.body;
  return copy;
}

/** Fifty of them, at two processes in turn. */
export const fiftyOf = (browser: Browser, one: TestApp, other: TestApp): Browser[] =>
  Array.from({ length: 50 }, (_, index) => copyOf(browser, index % 2 === 0 ? one : other));
