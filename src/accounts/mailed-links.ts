/**
 * One-time links that are mailed to the owner of an account: whoever has one may do the one thing that it is for, and
 * nobody has to be signed in for it (RV7, RV8, SE7), but for the end of a hold (RV6). The store has only their hashes.
 */
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import { hashSecret } from '../kernel/secrets.ts';
import type { Reading, Store, Writing } from '../store/store.ts';
import { type AccountRow, readAccountById } from './accounts.sql.ts';
import { readHolds } from './holds.sql.ts';
import {
  insertLink,
  type LinkKind,
  type MailedLinkRow,
  markLinkUsed,
  readLink,
  removeLinks,
} from './mailed-links.sql.ts';
import { readSession, type SessionRow } from './sessions.sql.ts';

export type { LinkKind } from './mailed-links.sql.ts';

const hour = 60 * 60_000;
const day = 24 * hour;
const idBytes = 32;
const keptAfterEnd = day;

/** How long links are good, in milliseconds; the one of a session as long as that. */
export const linkLives = {
  'confirm-email': day,
  'undo-email': 7 * day,
  freeze: 7 * day,
  'end-hold': hour / 4,
} as const;

/** Where the page of a link is, below the public URL. */
const pages: Readonly<Record<LinkKind, string>> = {
  'confirm-email': '/login/email/',
  'undo-email': '/login/undo-email/',
  freeze: '/login/freeze/',
  'end-session': '/login/end-session/',
  'end-hold': '/login/end-hold/',
};

/** The page of a link by its id. */
export const pathOfLink = (kind: LinkKind, id: string): string => `${pages[kind]}${id}`;

/** What a link is to be for. */
export interface LinkWish {
  readonly account: { readonly id: string };
  readonly kind: LinkKind;
  /** An e-mail address, or the id of a session; empty where nothing is to be said. */
  readonly payload: string;
  readonly asksPassword?: boolean;
  readonly until: Instant;
}

/** Makes a link and returns its path, which goes into one mail and nowhere else. */
export async function makeLink(tx: Writing, wish: LinkWish): Promise<string> {
  const id = tx.random.bytes(idBytes).toString('hex');
  await insertLink(tx, {
    hash: hashSecret(id),
    account_id: wish.account.id,
    kind: wish.kind,
    payload: wish.payload,
    asks_password: wish.asksPassword ? 1 : 0,
    created_at: tx.now,
    until: wish.until,
    used_at: null,
  });
  return pathOfLink(wish.kind, id);
}

/** A link that is still good. */
export interface MailedLink {
  readonly kind: LinkKind;
  readonly account: AccountRow;
  readonly payload: string;
  readonly asksPassword: boolean;
  readonly createdAt: Instant;
  /** Of a link that ends one. */
  readonly session: SessionRow | undefined;
}

/** Whether a link is still about something: its address has not changed meanwhile, its session has not ended. */
async function isMeant(
  tx: Reading,
  { kind, payload, created_at }: MailedLinkRow,
  account: AccountRow,
  session?: SessionRow,
): Promise<boolean> {
  switch (kind) {
    case 'confirm-email':
      return account.email === payload && account.email_verified_at === null;
    case 'undo-email':
      return true;
    case 'freeze':
      // What was mailed to an address that nobody had confirmed counts while it is the account's.
      return payload === '' || payload === account.email;
    case 'end-session':
      return session !== undefined && session.ended_at === null && session.expires_at > tx.now;
    case 'end-hold':
      return (await readHolds(tx, account.id)).some(({ since }) => since <= created_at);
  }
}

async function present(tx: Reading, row: MailedLinkRow | undefined): Promise<MailedLink> {
  const account = row && (await readAccountById(tx, row.account_id));
  if (!row || !account) return fail('link_over');
  // Pending links of a frozen account are refused, not spent (RV8).
  if (account.frozen_at !== null) fail('account_frozen');
  const session = row.kind === 'end-session' ? await readSession(tx, row.payload) : undefined;
  if (!(await isMeant(tx, row, account, session))) fail('link_over');
  return {
    kind: row.kind,
    account,
    payload: row.payload,
    asksPassword: row.asks_password === 1,
    createdAt: row.created_at,
    session,
  };
}

/**
 * The link behind an id, to show what it will do. Reads only. Fails with `link_over` where it was used, is over, is of
 * another kind or never was one, and with `account_frozen`.
 */
export const findLink = async (tx: Reading, kind: LinkKind, id: string): Promise<MailedLink> =>
  present(tx, await readLink(tx, { hash: hashSecret(id), kind }));

/** Uses a link up within the transaction of its act; fails as `findLink` does. Of many at once one wins. */
export const useLink = async (tx: Writing, kind: LinkKind, id: string): Promise<MailedLink> =>
  present(tx, await markLinkUsed(tx, { hash: hashSecret(id), kind }));

/** Forgets links a day after their time; returns how many went. */
export const sweepLinks = (store: Store): Promise<number> =>
  store.write((tx) => removeLinks(tx, tx.now - keptAfterEnd));
