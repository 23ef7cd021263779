/** What the owner of an account is told about its security keys (ML1, WA5). */
import { asOneLine } from '../ledger/plain-text.ts';
import type { Actor } from '../policy/actor.ts';
import type { Writing } from '../store/store.ts';
import type { FactorMode } from './factors.sql.ts';
import { asked, tell, whoeverDidThis } from './mails.ts';

const quote = (name: string): string => `"${asOneLine(name)}"`;

/** `mode` where the key turned two-factor authentication on. */
export const mailKeyAdded = (
  tx: Writing,
  account: string,
  actor: Actor,
  { name, mode }: { name: string; mode: FactorMode | null },
): Promise<void> =>
  tell(tx, account, actor, {
    what: mode === null ? 'A security key was added' : 'Two-factor authentication is on',
    details: [
      `The security key ${quote(name)} was added to your account: it opens whatever asks for the second factor.`,
      ...(mode === null
        ? []
        : [
            `Two-factor authentication is on in the mode ${mode}.`,
            asked[mode],
            'Keep the recovery codes in a place that is not near the key: without both you may not get back into your ' +
              'account.',
          ]),
    ],
    advice: whoeverDidThis,
  });

export const mailKeyRemoved = (tx: Writing, account: string, actor: Actor, name: string): Promise<void> =>
  tell(tx, account, actor, {
    what: 'A security key was removed',
    details: [`The security key ${quote(name)} was removed from your account: it opens nothing any more.`],
    advice: whoeverDidThis,
  });

export const mailPossibleCopy = (tx: Writing, account: string, actor: Actor, name: string): Promise<void> =>
  tell(tx, account, actor, {
    what: 'There may be a copy of your security key',
    details: [
      `The security key ${quote(name)} was refused: it counts its uses, and it showed a number that was used up before. ` +
        'That happens when there is a copy of it.',
      'This is the use that was refused:',
    ],
    advice:
      'If it was you, try the key again. If it was not, or if this comes again, somebody may have copied the key: remove ' +
      'it from your account and add another one.',
  });
