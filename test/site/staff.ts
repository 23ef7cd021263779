/** Staff of an application under test. */
import { setStaff } from '../../src/accounts/accounts.ts';
import type { TestApp } from '../support/app.ts';
import type { Browser } from './browser.ts';
import { enable, signIn, signUp } from './people.ts';

/** Makes an account staff, as the operator does on the console. */
export const makeStaff = ({ app }: TestApp, name: string) =>
  app.gate.onConsole('account.staff', { on: 'account', name }, (tx, permit) =>
    setStaff(tx, permit, { name, staff: true }),
  );

/** Somebody of the staff with an authenticator app, signed in. Signs up on the website, so that has to be open. */
export async function openStaff(app: TestApp, name = 'sue'): Promise<{ browser: Browser; secret: string }> {
  await signUp(app, name);
  await makeStaff(app, name);
  const { secret } = await enable(app, name);
  return { browser: await signIn(app, name, secret), secret };
}
