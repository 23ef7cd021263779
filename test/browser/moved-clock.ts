/** A server in this process, so that a test moves its clock, with somebody before it in Chromium. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { currentCost } from '../../src/accounts/passwords.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { root } from '../support/lock.ts';
import { findFreePort } from '../support/postgres.ts';
import { ensureBuilt } from '../support/process.ts';
import { Person } from './chromium.ts';

// What a hash costs is another test's matter.
currentCost.memory = 64;

/** Opens an application on SQLite and sits somebody down before it; `settings` are `TALLYSTICK_…` variables. */
export async function sitDownAtApp(
  browser: Browser,
  settings: Record<string, string> = {},
): Promise<{ app: TestApp; person: Person }> {
  await ensureBuilt();
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const app = await openApp('sqlite', { TALLYSTICK_PUBLIC_URL: origin, ...settings });
  await app.app.server.listen({ port, host: '127.0.0.1' });
  const person = await Person.sitDown(browser, origin);
  // The sources hold the script with its imports; browsers are sent what the build makes of it.
  const script = readFileSync(join(root, 'dist', 'public', 'keys.js'), 'utf8');
  await person.page.route('**/keys.js*', (route) =>
    route.fulfill({ contentType: 'text/javascript', body: script }),
  );
  return { app, person };
}
