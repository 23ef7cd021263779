/** Mails about access tokens (ML1), written in the transaction of the act. */
import { byItself, byOperator, circumstances } from '../accounts/mails.ts';
import { type Notified, queueNotice } from '../accounts/notices.ts';
import type { Instant } from '../kernel/ports.ts';
import { asUtc } from '../ledger/mail.ts';
import { queueMail } from '../ledger/outbox.ts';
import type { Actor } from '../policy/actor.ts';
import type { Grants } from '../policy/grants.ts';
import type { BypassPublishesTable } from '../store/schema.ts';
import type { Writing } from '../store/store.ts';
import type { Token } from './token.ts';
import type { EndingToken } from './tokens.sql.ts';

const kinds: Record<Token['kind'], string> = {
  session: 'login token',
  publish: 'publish token',
  readonly: 'read-only token',
  automation: 'automation token',
  granular: 'granular token',
};

const nameOf = (token: Pick<Token, 'name' | 'prefix' | 'kind'>): string =>
  `${kinds[token.kind]} ${token.prefix}...${token.name === null ? '' : ` ("${token.name}")`}`;

const powers: Record<Exclude<Grants['permission'], 'no-access'>, string> = {
  'read-only': 'read',
  'read-write-stage-only': 'read and stage',
  'read-write': 'read and change',
};

function sayLimits({ kind, grants }: Token): string[] {
  if (grants === null) return [];
  const named = [...grants.packages, ...grants.scopes.map((scope) => `all of ${scope}`)].join(', ');
  const packages = grants.all ? 'all of your packages' : named;
  const { permission } = grants;
  return [
    packages === '' || permission === 'no-access'
      ? 'It may touch no package.'
      : `It may ${powers[permission]}: ${packages}.`,
    ...(kind === 'automation' ? ['It is never asked a one-time code: whoever has it can use it.'] : []),
  ];
}

export async function mailTokenCreated(
  tx: Writing,
  { actor }: { actor: Actor },
  owner: Notified,
  token: Token,
): Promise<void> {
  const details = [
    `The ${nameOf(token)} was created.`,
    token.expiresAt === null ? 'It has no end.' : `It ends at ${asUtc(token.expiresAt)}.`,
    ...sayLimits(token),
    ...(token.ranges === null ? [] : [`It is good from ${token.ranges.join(', ')} only.`]),
  ];
  await queueNotice(tx, owner, { what: 'New access token', details, ...circumstances(tx, actor) });
}

export async function mailTokenRevoked(
  tx: Writing,
  { actor }: { actor: Actor },
  owner: Notified,
  token: Token,
): Promise<void> {
  const details = [`The ${nameOf(token)} was revoked. What still uses it stops working.`];
  await queueNotice(tx, owner, { what: 'Access token revoked', details, ...circumstances(tx, actor) });
}

/** Revoked on the console. */
export async function mailTokenRevokedByOperator(
  tx: Writing,
  owner: Notified,
  { token, reason }: { token: Token; reason: string | undefined },
): Promise<void> {
  const details = [
    `The people who run this registry revoked the ${nameOf(token)}. What still uses it stops working.`,
    ...(reason === undefined ? [] : [`The reason that they gave: ${reason}`]),
    'Create another one for what used it with "npm token create".',
  ];
  await queueNotice(tx, owner, { what: 'Access token revoked', details, ...byOperator(tx) });
}

/** The operator or, on the website, its owner lifted the suspension. */
export async function mailTokenResumed(
  tx: Writing,
  { actor }: { actor: Actor },
  owner: Notified,
  token: Token,
): Promise<void> {
  const isOperator = actor.credential === 'console';
  const lifted = isOperator
    ? 'the people who run this registry lifted the suspension'
    : 'the suspension was lifted on the website';
  await queueNotice(tx, owner, {
    what: 'Access token works again',
    details: [`The ${nameOf(token)}, which too many wrong codes had suspended, works again: ${lifted}.`],
    advice: 'If it was not you, revoke this token now with "npm token revoke", and set a new password.',
    ...(isOperator ? byOperator(tx) : circumstances(tx, actor)),
  });
}

const mostNamed = 50;

/** One mail for everything that a token published since the last one. */
export async function mailBypassPublishes(
  tx: Writing,
  owner: Notified,
  token: Pick<Token, 'name' | 'prefix' | 'kind'>,
  published: readonly Pick<BypassPublishesTable, 'package' | 'version' | 'at' | 'address'>[],
): Promise<void> {
  const lines = published
    .slice(0, mostNamed)
    .map(
      ({ package: name, version, at, address }) =>
        `${name}@${version} at ${asUtc(at)} from ${address ?? 'an unknown address'}.`,
    );
  const rest = published.length - lines.length;
  const latest = published.at(-1);
  await queueNotice(tx, owner, {
    what: 'Published without a code',
    details: [
      `Your ${nameOf(token)}, which bypasses two-factor authentication, published:`,
      ...lines,
      ...(rest > 0 ? [`And ${rest} more.`] : []),
      'Further publishes of this token within an hour come in one mail. This is the latest one:',
    ],
    at: latest?.at ?? tx.now,
    address: latest?.address ?? 'an unknown address',
    advice:
      'If it was not you, revoke this token now with "npm token revoke", unpublish what it published and look through ' +
      '"npm token list".',
  });
}

/** `place` completes "was found in …". */
export async function mailTokenLeaked(
  tx: Writing,
  { actor }: { actor: Actor },
  owner: Notified,
  { token, place, isOwn }: { token: Token; place: string; isOwn: boolean },
): Promise<void> {
  const details = [
    `The ${nameOf(token)} was found in ${place}. It is revoked: what still uses it stops working. Nothing was published.`,
    'Create another one for what used it, and keep tokens out of files: npm reads them from the environment too.',
  ];
  const what = 'Access token found and revoked';
  const around = isOwn ? circumstances(tx, actor) : byItself(tx);
  await queueNotice(tx, owner, { what, details, ...around });
}

export async function mailNewNetwork(
  tx: Writing,
  { actor }: { actor: Actor },
  owner: Notified,
  guardedUntil: Instant | null = null,
): Promise<void> {
  const details = [
    'Somebody signed in to your account from a network that was not seen with it before.',
    ...(guardedUntil === null
      ? []
      : [`Until ${asUtc(guardedUntil)} whatever this login publishes or changes asks for another code.`]),
  ];
  await queueNotice(tx, owner, { what: 'Sign-in from a new network', details, ...circumstances(tx, actor) });
}

/** The login was approved in one network and begun or fetched in another (LK3). */
export async function mailFarLogin(
  tx: Writing,
  { actor }: { actor: Actor },
  owner: Notified,
  { token, approvedFrom }: { token: Token; approvedFrom: string | null },
): Promise<void> {
  const details = [
    `A login that was approved in a browser at ${approvedFrom ?? 'an unknown address'} went to a program in another network. It has the ${nameOf(token)} now.`,
  ];
  const wish = { what: 'Login in another network', details };
  const link = { label: 'If you did not start it there, revoke this token', path: '/settings/~/tokens' };
  await queueNotice(tx, owner, { ...wish, ...circumstances(tx, actor) }, link);
}

export async function mailTokenEnding(tx: Writing, token: EndingToken): Promise<void> {
  await queueMail(tx, {
    to: token.email,
    account: token.account_name,
    what: 'Access token about to expire',
    paragraphs: [
      `The ${nameOf(token)} ends at ${asUtc(token.expires_at)}.`,
      'Create its successor with "npm token create" before that, and give it to what uses the old one.',
    ],
    until: token.expires_at,
  });
}
