import { expect } from 'vitest';
import { goodPassword } from '../accounts/acting.ts';
import { Browser } from '../site/browser.ts';
import type { TestApp } from '../support/app.ts';

/** Who sits at the browser: an account of test/accounts/wire.ts, with its authenticator app where it has one. */
export interface Told {
  readonly app: TestApp;
  /** Where the website is. */
  readonly origin: string;
  readonly name: string;
  readonly code?: (() => string) | undefined;
}

/** Somebody at a browser who answers the requests of command line clients on the pages of the website. */
export class Visitor {
  readonly #told: Told;
  readonly #browser: Browser;

  constructor(told: Told) {
    this.#told = told;
    this.#browser = new Browser(told.app, told.origin);
  }

  /** Goes to the page of a request, signs in first where it asks for that, and returns what a person reads. */
  async open(url: string): Promise<string> {
    const path = url.slice(this.#told.origin.length);
    const browser = await this.#browser.open(path);
    if (browser.heading() === 'Sign in') await this.#signIn();
    expect(browser.path, browser.text()).toBe(path);
    return browser.text();
  }

  async #signIn(): Promise<void> {
    const { name, code } = this.#told;
    await this.#browser.submit('/login', { username: name, password: goodPassword });
    if (code !== undefined) await this.#browser.submit('/login/second-step', { code: code() });
  }

  /** Goes to the page of a login, signs up first, as the page for signing in offers it, and goes on from there. */
  async openAsNew(url: string): Promise<string> {
    const { origin, name } = this.#told;
    const browser = await this.#browser.open(url.slice(origin.length));
    const offer = /href="(\/signup\?next=[^"]*)"/.exec(browser.body);
    if (browser.heading() === 'Sign in') await browser.open(offer?.[1] ?? '/signup');
    expect(browser.heading()).toBe('Sign up');
    await browser.submit('/signup', { username: name, email: `${name}@example.com`, password: goodPassword });
    expect(browser.body).toContain(`href="${url.slice(origin.length)}"`);
    return this.open(url);
  }

  /** Approves what the page asks for. */
  async approve(url: string, chosen: Record<string, string> = {}): Promise<void> {
    await this.open(url);
    await this.#browser.submit(url.slice(this.#told.origin.length), chosen);
    expect(this.#browser.text()).toContain('Approved');
  }

  /** Approves a release: whatever the same token publishes in the next minutes. */
  approveRelease(url: string): Promise<void> {
    return this.approve(url, { release: 'yes' });
  }

  async deny(url: string): Promise<void> {
    await this.open(url);
    await this.#browser.submit(`${url.slice(this.#told.origin.length)}/deny`);
    expect(this.#browser.text()).toContain('Denied');
  }
}
