import { freezeAccount, unfreezeAccount } from '../../src/accounts/freezing.ts';
import type { TestApp } from '../support/app.ts';

/** Freezes an account, as the operator does on the console. */
export const freeze = ({ app }: TestApp, name: string): Promise<void> =>
  app.gate.onConsole('account.freeze', { on: 'account', name }, (tx, permit) =>
    freezeAccount(tx, permit, { name }),
  );

/** Lets a frozen account go on, as the operator does on the console. */
export const unfreeze = ({ app }: TestApp, name: string): Promise<void> =>
  app.gate.onConsole('account.unfreeze', { on: 'account', name }, (tx, permit) =>
    unfreezeAccount(tx, permit, { name }),
  );
