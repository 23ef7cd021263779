/** `tallystick admin user freeze|unfreeze`: beside running servers, which obey at once. */
import { type FreezeWish, freezeAccount, unfreezeAccount } from '../accounts/freezing.ts';
import type { Invocation } from './command.ts';
import { onConsole } from './console.ts';
import { show } from './output.ts';

const readWish = ({ operands: [name = ''], flags }: Invocation): FreezeWish => ({
  name,
  reason: flags.get('--reason'),
});

/** `admin user freeze NAME [--reason TEXT]`. */
export function freeze(invocation: Invocation): Promise<number> {
  const wish = readWish(invocation);
  const { name } = wish;
  const target = { on: 'account', name } as const;
  return onConsole(invocation, async ({ gate }) => {
    await gate.onConsole(
      'account.freeze',
      target,
      (tx, permit) => freezeAccount(tx, permit, wish),
      wish.reason,
    );
    show(invocation, { name, frozen: true }, () => [
      `${name} is frozen: sign-in, tokens and changes are refused, from now on and on every server.`,
      `tallystick admin user unfreeze ${name} lets it go on.`,
    ]);
    return 0;
  });
}

/** `admin user unfreeze NAME [--reason TEXT]`. */
export function unfreeze(invocation: Invocation): Promise<number> {
  const wish = readWish(invocation);
  const { name } = wish;
  const target = { on: 'account', name } as const;
  return onConsole(invocation, async ({ gate }) => {
    await gate.onConsole(
      'account.unfreeze',
      target,
      (tx, permit) => unfreezeAccount(tx, permit, wish),
      wish.reason,
    );
    show(invocation, { name, frozen: false }, () => [
      `${name} is not frozen any more: its password and its tokens work again.`,
    ]);
    return 0;
  });
}
