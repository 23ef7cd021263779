import { resetFactors } from '../factors/reset.ts';
import type { Invocation } from './command.ts';
import { onConsole } from './console.ts';
import { show } from './output.ts';
import { misunderstood } from './problem.ts';

/** `admin user reset-2fa NAME --reason TEXT`: the break-glass; never shows a secret. */
export async function reset(invocation: Invocation): Promise<number> {
  const [name = ''] = invocation.operands;
  const reason = invocation.flags.get('--reason');
  if (reason === undefined)
    misunderstood('This needs a reason: add --reason "who asked, and how you know that it was them".');
  const target = { on: 'account', name } as const;
  return onConsole(invocation, async ({ gate }) => {
    await gate.onConsole(
      'factor.reset',
      target,
      (tx, permit) => resetFactors(tx, permit, { name, reason }),
      reason,
    );
    show(invocation, { name, twoFactor: 'off' }, () => [
      `The second factor of ${name} is removed and its logins ended; its owner is told by mail.`,
      'There is no link to hand over: the account signs in with its password alone and sets up two-factor authentication again (npm profile enable-2fa).',
      `Until then its other access tokens are not asked for a code: tallystick admin token list ${name}.`,
    ]);
    return 0;
  });
}
