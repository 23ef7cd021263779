/** A person at a real browser, who finds everything by its label or role; whoever watches writes down what goes wrong. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContextOptions,
  type CDPSession,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Why the tests in a browser cannot run here; undefined where they can. */
export const missing = existsSync(executablePath) ? undefined : `no ${executablePath}`;

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds. The policy of the site forbids adding a script to a page, so it runs by the debugger. */
async function judge(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found: { id: string; targets: string[] }[] = await page.evaluate(`
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then(({ violations }) => violations.map(({ id, nodes }) => ({ id, targets: nodes.map(({ html }) => html.slice(0, 120)) })))`);
  return found.map(({ id, targets }) => `${id}: ${targets.join(' ')}`);
}

/** How many pixels a page is wider than a narrow window. */
async function overhang(page: Page, width = 320): Promise<number> {
  const before = page.viewportSize() ?? { width: 1280, height: 800 };
  await page.setViewportSize({ width, height: 640 });
  const pixels = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await page.setViewportSize(before);
  return pixels;
}

/** The addresses that a page leads to on its own site, without those inside of it. */
const linksOn = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.links]
      .filter(({ origin }) => origin === location.origin)
      .filter((link) => !link.getAttribute('href')?.startsWith('#'))
      .map(({ href }) => href),
  );

/** Reads a picture of a QR code as a phone does; undefined where this machine has no zbarimg. */
export function readQrCode(picture: Buffer): string | undefined {
  if (!existsSync('/usr/bin/zbarimg')) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-qr-'));
  try {
    const file = join(folder, 'qr.png');
    writeFileSync(file, picture);
    return execFileSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', file], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Pages that were judged in this run. */
const judged = new Set<string>();

type Role = Parameters<Page['getByRole']>[0];

/** A security key or passkey that touches itself whenever it is asked, while it is plugged in. */
export class Key {
  readonly #session: CDPSession;
  readonly #id: string;

  constructor(session: CDPSession, id: string) {
    this.#session = session;
    this.#id = id;
  }

  /** Out of reach: nobody touches it. */
  async putAway(): Promise<void> {
    await this.#session.send('WebAuthn.setAutomaticPresenceSimulation', {
      authenticatorId: this.#id,
      enabled: false,
    });
  }

  async takeOut(): Promise<void> {
    await this.#session.send('WebAuthn.setAutomaticPresenceSimulation', {
      authenticatorId: this.#id,
      enabled: true,
    });
  }

  /** Lost. */
  async remove(): Promise<void> {
    await this.#session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.#id });
  }

  async credentials(): Promise<number> {
    const { credentials } = await this.#session.send('WebAuthn.getCredentials', {
      authenticatorId: this.#id,
    });
    return credentials.length;
  }
}

/** One person and one window. */
export class Person {
  readonly page: Page;
  /** What was wrong with the pages that were shown: none may be left at the end. */
  readonly faults: string[] = [];
  readonly #followed = new Set<string>();
  readonly #origin: string;

  readonly #hasScripts: boolean;

  private constructor(page: Page, origin: string, hasScripts: boolean) {
    this.page = page;
    this.#hasScripts = hasScripts;
    this.#origin = origin;
  }

  static async sitDown(
    browser: Browser,
    origin: string,
    options: BrowserContextOptions = {},
  ): Promise<Person> {
    const context = await browser.newContext({
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options,
    });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const person = new Person(page, origin, options.javaScriptEnabled !== false);
    person.#watch();
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error(`policy broken: ${violatedDirective} ${blockedURI}`);
      });
    });
    return person;
  }

  #watch(): void {
    const { page } = this;
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      // A form that is refused comes back with its status, which Chromium writes down; whatever else fails is a fault below.
      if (message.text().startsWith('Failed to load resource')) return;
      this.faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.faults.push(`${page.url()}: ${error.message}`));
    page.on('response', (response) => {
      if (
        response.status() >= 500 ||
        (response.status() >= 400 && response.request().resourceType() !== 'document')
      )
        this.faults.push(`${response.url()}: ${response.status()}`);
    });
    page.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== this.#origin)
        this.faults.push(`asked ${request.url()}`);
    });
  }

  /** Types an address. */
  async open(path: string, heading: string | RegExp): Promise<void> {
    await this.page.goto(`${this.#origin}${path}`);
    await this.arriveAt(heading);
  }

  /** Waits for the page of a heading, and has each page judged once: accessibility, and a window of 320 pixels. */
  async arriveAt(heading: string | RegExp): Promise<void> {
    const { page } = this;
    await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
    const kind = `${await page.title()} ${await page.getByRole('alert').count()}`;
    if (judged.has(kind)) return;
    judged.add(kind);
    await this.#tryLinks();
    if (this.#hasScripts) this.faults.push(...(await judge(page)).map((fault) => `${page.url()}: ${fault}`));
    const pixels = await overhang(page);
    if (pixels > 0) this.faults.push(`${page.url()} is ${pixels} pixels wider than 320`);
  }

  /** Asks for each page that this one leads to, once: none may be missing. */
  async #tryLinks(): Promise<void> {
    const fresh = (await linksOn(this.page)).filter((link) => !this.#followed.has(link));
    for (const link of fresh) this.#followed.add(link);
    for (const link of new Set(fresh)) {
      const status = (await this.page.request.get(link)).status();
      if (status >= 400) this.faults.push(`${this.page.url()} leads to ${link}: ${status}`);
    }
  }

  find(role: Role, name: string | RegExp): Locator {
    return this.page.getByRole(role, { name, exact: true });
  }

  async press(name: string | RegExp): Promise<void> {
    await this.find('button', name).click();
  }

  async follow(name: string | RegExp): Promise<void> {
    await this.find('link', name).click();
  }

  /** Fills fields by their labels. */
  async fill(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, value] of Object.entries(fields))
      await this.page.locator('main').getByLabel(label, { exact: true }).fill(value);
  }

  /** What the page says in its main part. */
  async text(): Promise<string> {
    return ((await this.page.getByRole('main').textContent()) ?? '').replace(/\s+/g, ' ');
  }

  /** A passkey of this person's computer, or a stick; both ask for a fingerprint. */
  async buyKey(transport: 'internal' | 'usb' = 'internal'): Promise<Key> {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport,
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new Key(session, authenticatorId);
  }

  async signUp(name: string): Promise<void> {
    await this.open('/signup', 'Sign up');
    await this.fill({ Username: name, Email: `${name}@example.com`, Password: password });
    await this.press('Sign up');
    await this.arriveAt(`Welcome, ${name}`);
  }

  /** Signs out by the account menu. */
  async signOut(): Promise<void> {
    // Playwright knows no role of a summary; what is clicked is its picture, the words are for those who cannot see it.
    await this.page.locator('summary', { hasText: 'Account menu of' }).click();
    await this.press('Sign out');
    await this.find('link', 'Sign in').waitFor();
  }

  /** The first half of signing in, or all of it without a second factor. */
  async signIn(name: string): Promise<void> {
    await this.open('/login', 'Sign in');
    await this.fill({ 'Username or email': name, Password: password });
    await this.press('Sign in');
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}

export const password = 'correct horse battery staple 42';
