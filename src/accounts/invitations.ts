/**
 * Links that work once: to an account where the operator takes people by invitation, and to the first staff account, which
 * a start of the server prints while there is none (RN6). The store has only their hashes.
 */
import { fail } from '../kernel/failure.ts';
import { newId } from '../kernel/ids.ts';
import type { Instant, Random } from '../kernel/ports.ts';
import { hashSecret } from '../kernel/secrets.ts';
import { queueMail } from '../ledger/outbox.ts';
import type { Permit } from '../policy/permit.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import { readAccountById, updateAccount } from './accounts.sql.ts';
import {
  insertInvitation,
  isAnyStaff,
  readInvitation,
  removeInvitations,
  useInvitation,
  voidInvitations,
} from './invitations.sql.ts';
import { circumstances } from './mails.ts';
import { checkEmail } from './names.ts';
import { queueNotice } from './notices.ts';
import { recordOfAccount } from './records.ts';

/** What a link leads to. */
export type InvitationKind = 'account' | 'staff';

/** A link's secret: 256 bits that are told once. `path` stands below the public URL. */
export interface Invitation {
  readonly secret: string;
  readonly path: string;
  readonly until: Instant;
}

const hour = 60 * 60_000;
const lives: Readonly<Record<InvitationKind, number>> = { account: 7 * 24 * hour, staff: 24 * hour };
const keptAfterEnd = 30 * 24 * hour;
const parameters: Readonly<Record<InvitationKind, string>> = { account: 'invite', staff: 'staff' };

const mintSecret = (random: Random): string => random.bytes(32).toString('base64url');

async function makeInvitation(tx: Writing, kind: InvitationKind, madeBy: string | null): Promise<Invitation> {
  const secret = mintSecret(tx.random);
  const until = tx.now + lives[kind];
  await removeInvitations(tx, tx.now - keptAfterEnd);
  await insertInvitation(tx, {
    id: newId(tx.now, tx.random),
    hash: hashSecret(secret),
    kind,
    made_by: madeBy,
    until,
  });
  return { secret, path: `/signup?${parameters[kind]}=${secret}`, until };
}

/** What the secret of a link opens now; undefined where it was used, is over, or never was one. */
export const findInvitation = (tx: Reading, secret: string): Promise<InvitationKind | undefined> =>
  readInvitation(tx, hashSecret(secret));

/** Whom staff invite. */
export interface InvitationWish {
  /** Where the link is mailed to; null where staff hand it over themselves. */
  readonly email: string | null;
}

/** Makes a link to one account, good for seven days, and mails it where there is an address. `request_invalid`. */
export async function invite(
  tx: Writing,
  permit: Permit<'staff.invite'>,
  { email }: InvitationWish,
): Promise<Invitation> {
  if (email !== null) checkEmail(email);
  const { id } = permit.account ?? fail('session_ended');
  const made = await makeInvitation(tx, 'account', id);
  if (email !== null)
    await queueMail(tx, {
      to: email,
      account: email,
      what: 'Invitation',
      paragraphs: [
        'The people who run this registry invite you to have an account there.',
        'The link works once, for seven days. Whoever has it can use it: do not pass it on.',
      ],
      link: { label: 'Sign up', path: made.path },
      until: made.until,
    });
  return made;
}

/**
 * Makes the link to the first staff account, good for a day; earlier ones end. Undefined where somebody is staff already.
 */
export const makeStaffLink = (store: Store): Promise<Invitation | undefined> =>
  store.write(
    async (tx) => {
      await voidInvitations(tx, 'staff');
      return (await isAnyStaff(tx)) ? undefined : makeInvitation(tx, 'staff', null);
    },
    { serialise: ['staff-link'] },
  );

/** A link that somebody came with. */
export interface PresentedInvitation {
  readonly kind: InvitationKind;
  readonly secret: string;
}

/**
 * Uses a link up for the account that it leads to, which is staff from now on if it is the link of a start. Fails with
 * `invitation_over`.
 */
export async function acceptInvitation(
  tx: Writing,
  permit: Permit<'account.create' | 'account.becomeStaff'>,
  { kind, secret }: PresentedInvitation,
  accountId: string,
): Promise<void> {
  if (!(await useInvitation(tx, { hash: hashSecret(secret), kind, account: accountId })))
    fail('invitation_over');
  if (kind === 'staff') await becomeStaff(tx, permit, accountId);
}

async function becomeStaff(
  tx: Writing,
  { actor, action }: Permit<'account.create' | 'account.becomeStaff'>,
  accountId: string,
): Promise<void> {
  const account = (await readAccountById(tx, accountId)) ?? fail('credential_invalid');
  if (await isAnyStaff(tx)) fail('invitation_over');
  await updateAccount(tx, accountId, { staff: 1 });
  if (action === 'account.create')
    await recordOfAccount(tx, actor, account, { action: 'account.becomeStaff' });
  const details = [
    'Your account is staff of this registry from now on, by the link that the server printed when it started.',
    'It may do what staff may once it has two-factor authentication.',
  ];
  await queueNotice(tx, account, { what: 'Now staff', details, ...circumstances(tx, actor) });
}
