// The browser, and the pictures that are taken of what it shows.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { launch, Person } from '../../test/browser/chromium.ts';
import { origin } from './registry.mjs';

const root = join(import.meta.dirname, '..', '..');
const all = process.argv[2] === '--all';
const folder = all ? (process.argv[3] ?? '/tmp/screenshots') : join(root, 'docs', 'screenshots');
const kept = [
  'home',
  'search',
  'package',
  'versions',
  'sign-in',
  'second-step',
  'scan',
  'recovery-codes',
  'authentication',
  'tokens',
  'new-token',
  'sessions',
  'security-log',
  'command-line-login',
  'command-line-publish',
];
const browser = await launch();
mkdirSync(folder, { recursive: true });
const taken = [];

const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';
/** Somebody new, at a window of their own. */
export const sitDown = () => Person.sitDown(browser, origin, { userAgent });

/** Takes the pictures of the page that is shown. */
export async function take({ page }, name) {
  taken.push(name);
  if (!all && !kept.includes(name)) return;
  for (const colorScheme of ['light', 'dark'])
    for (const width of [390, 1280]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      const whole = await page.evaluate(() => document.documentElement.scrollHeight);
      const height = all ? whole : Math.min(whole, width === 390 ? 1300 : 920);
      await page.screenshot({
        path: join(folder, `${name}-${colorScheme}-${width}.png`),
        fullPage: true,
        clip: { x: 0, y: 0, width, height },
      });
    }
  await page.setViewportSize({ width: 1280, height: 800 });
}

export async function show(person, path, name, heading = /./) {
  await person.open(path, heading);
  await take(person, name);
}

/** Closes the browser. */
export const finish = () => browser.close();

/** What was drawn, in a line. */
export const sum = () => `${taken.length} pages, pictures in ${folder}`;
