/** What the owner of an account is told about its second factor, and when (ML1, RL8, RC6). */
import { readAccountById } from '../accounts/accounts.sql.ts';
import { circumstances } from '../accounts/mails.ts';
import { queueNotice } from '../accounts/notices.ts';
import type { MailLink } from '../ledger/mail.ts';
import type { Actor } from '../policy/actor.ts';
import type { ProvenFactor } from '../policy/permit.ts';
import type { Writing } from '../store/store.ts';
import type { FactorMode } from './factors.sql.ts';
import { countUnused } from './recovery-codes.sql.ts';

/** What a mail about the second factor tells beside when and from where it was done. */
export interface Told {
  readonly what: string;
  readonly details: readonly string[];
  readonly advice?: string;
}

/** Few enough codes left to say that new ones are needed. */
const fewCodes = 3;

/** When a code is asked, by the mode. */
export const asked: Readonly<Record<FactorMode, string>> = {
  'auth-only':
    'A code is asked when somebody signs in and when the profile, the password or access tokens are changed; ' +
    'publishing does not ask one.',
  'auth-and-writes':
    'A code is asked when somebody signs in, when the profile, the password or access tokens are changed, and ' +
    'whenever packages are published or changed.',
};

/** What to do if somebody else did it. */
export const whoeverDidThis =
  'If it was not you, somebody knows your password: set a new one with "npm profile set password" and end all ' +
  'access tokens that you do not know ("npm token list", "npm token revoke").';

/** Mails the owner of an account what an actor just did to it. */
export async function tell(
  tx: Writing,
  accountId: string,
  actor: Actor,
  told: Told,
  link?: MailLink,
): Promise<void> {
  const account = await readAccountById(tx, accountId);
  if (!account) return;
  await queueNotice(tx, account, { ...circumstances(tx, actor), ...told }, link);
}

export const mailFactorOn = (tx: Writing, account: string, actor: Actor, mode: FactorMode): Promise<void> =>
  tell(tx, account, actor, {
    what: 'Two-factor authentication is on',
    details: [
      `An authenticator app was added to your account, and two-factor authentication is on in the mode ${mode}.`,
      asked[mode],
      'Keep the recovery codes in a place that is not near the device with the app: without both you may not get ' +
        'back into your account.',
    ],
    advice: whoeverDidThis,
  });

/** An app for an account that had security keys alone. */
export const mailAppAdded = (tx: Writing, account: string, actor: Actor): Promise<void> =>
  tell(tx, account, actor, {
    what: 'An authenticator app was added',
    details: ['An authenticator app was added to your account, beside your security keys.'],
    advice: whoeverDidThis,
  });

/** Another app, or the same one on another device, in place of the one before. */
export const mailAppReplaced = (tx: Writing, account: string, actor: Actor): Promise<void> =>
  tell(tx, account, actor, {
    what: 'The authenticator app was replaced',
    details: [
      'Another authenticator app took the place of the one before, whose codes open nothing any more. The recovery ' +
        'codes stay good.',
    ],
    advice: whoeverDidThis,
  });

export const mailCodesRegenerated = (tx: Writing, account: string, actor: Actor): Promise<void> =>
  tell(tx, account, actor, {
    what: 'New recovery codes',
    details: ['New recovery codes were made for your account. Every earlier code is useless.'],
    advice: whoeverDidThis,
  });

export const mailModeChanged = (
  tx: Writing,
  account: string,
  actor: Actor,
  { from, to }: { from: FactorMode; to: FactorMode },
): Promise<void> =>
  tell(tx, account, actor, {
    what: 'Two-factor authentication was changed',
    details: [`The mode of your two-factor authentication was changed from ${from} to ${to}.`, asked[to]],
    advice: whoeverDidThis,
  });

const doneWith = (factor: ProvenFactor): string => {
  if (factor === 'recovery-code') return 'the password and a recovery code';
  if (factor === 'security-key') return 'a security key';
  return factor === 'totp'
    ? 'the password and a code of the authenticator app'
    : 'the second factor proven just before';
};

export const mailFactorOff = (
  tx: Writing,
  account: string,
  actor: Actor,
  factor: ProvenFactor,
): Promise<void> =>
  tell(tx, account, actor, {
    what: 'Two-factor authentication is off',
    details: [
      'Two-factor authentication was turned off: the password alone opens your account now. The authenticator app, ' +
        'security keys and all recovery codes are forgotten.',
      `It was done with ${doneWith(factor)}.`,
    ],
    advice: `${whoeverDidThis} Then turn it on again with "npm profile enable-2fa".`,
  });

export async function mailRecoveryCodeUsed(tx: Writing, account: string, actor: Actor): Promise<void> {
  const left = await countUnused(tx, account);
  const codes = left > 1 ? `${left} recovery codes` : `${left === 1 ? 1 : 'no'} recovery code`;
  const few =
    `Get new ones ${left > 0 ? 'before they run out' : 'now'}: turn two-factor authentication off and on again ` +
    '("npm profile disable-2fa", "npm profile enable-2fa").';
  await tell(tx, account, actor, {
    what: 'A recovery code was used',
    details: [
      `A recovery code was used in place of your authenticator app or security key. You have ${codes} left.`,
      ...(left <= fewCodes ? [few] : []),
    ],
    advice:
      'If it was not you, somebody has your recovery codes: turn two-factor authentication off and on again, which ' +
      'makes all of them useless, and set a new password with "npm profile set password".',
  });
}

export const mailWrongCodes = (
  tx: Writing,
  account: string,
  actor: Actor,
  count: number,
  barred: boolean,
): Promise<void> =>
  tell(tx, account, actor, {
    what: `${count} wrong codes were tried`,
    details: [
      `Within a day ${count} wrong codes were tried for the second factor of your account, with your password or one ` +
        'of your access tokens. None of them opened anything.',
      ...(barred
        ? [
            'Codes of your authenticator app are refused from now on, until you use one of your recovery codes in ' +
              'their place (--otp=<recovery code>). Reading and installing packages goes on.',
          ]
        : []),
      'This is the last one:',
    ],
    advice: whoeverDidThis,
  });

/** The page, below the public URL, on which the owner of a suspended token lets it work again. */
export const resumingPage = (key: string): string => `/settings/~/tokens/${key}/resume`;

export const mailTokenSuspended = (tx: Writing, account: string, actor: Actor): Promise<void> => {
  const path = resumingPage(actor.token ?? '');
  const told = {
    what: 'An access token was suspended',
    details: [
      'Ten wrong codes were tried within a day with one of your access tokens. It is suspended: it still installs ' +
        'packages, but nothing that asks for a code can be done with it any more.',
      `The token's id begins with ${(actor.token ?? '').slice(0, 8)}. If the codes were yours, let it work again with the ` +
        'link below: you sign in, and your second factor is asked.',
    ],
    advice: `If it was not you, somebody has this token: revoke it now with "npm token revoke". ${whoeverDidThis}`,
  };
  return tell(tx, account, actor, told, { label: 'If it was you: let this token work again', path });
};
