import { findAccount } from '../accounts/accounts.ts';
import { startHold } from '../accounts/holds.ts';
import { printDuration } from '../config/kinds.ts';
import { resetFactors } from '../factors/reset.ts';
import { fail } from '../kernel/failure.ts';
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
  return onConsole(invocation, async ({ config, gate }) => {
    const time = config.holdTime;
    await gate.onConsole(
      'factor.reset',
      target,
      async (tx, permit) => {
        await resetFactors(tx, permit, { name, reason });
        const account = (await findAccount(tx, name)) ?? fail('account_unknown', { name });
        await startHold(tx, { account, kind: 'full', reason: 'reset', time });
      },
      reason,
    );
    show(invocation, { name, twoFactor: 'off' }, () => [
      `The second factor of ${name} is removed and its logins ended; its owner is told by mail.`,
      'There is no link to hand over: the account signs in with its password alone and sets up two-factor authentication again (npm profile enable-2fa).',
      ...(time === 0
        ? []
        : [`Its writes are held for ${printDuration(time)}: it publishes and changes nothing meanwhile.`]),
      `Until then its other access tokens are not asked for a code: tallystick admin token list ${name}.`,
    ]);
    return 0;
  });
}
