/** `tallystick admin token …`: the access tokens of an account, on the operator's console. */
import { findAccount } from '../accounts/accounts.ts';
import { checkReason } from '../accounts/freezing.ts';
import { fail } from '../kernel/failure.ts';
import { findToken, revokeForOwner } from '../tokens/revoking.ts';
import { resumeToken } from '../tokens/suspension.ts';
import type { Token } from '../tokens/token.ts';
import { listTokens } from '../tokens/tokens.ts';
import type { Invocation } from './command.ts';
import { onConsole } from './console.ts';
import { asTable, show } from './output.ts';

const asTime = (instant: number | null): string | null =>
  instant === null ? null : new Date(instant).toISOString();
const asDay = (instant: number | null): string => asTime(instant)?.slice(0, 10) ?? '-';

const asJson = (token: Token) => ({
  key: token.key,
  prefix: token.prefix,
  kind: token.kind,
  name: token.name,
  grants: token.grants,
  ranges: token.ranges,
  createdAt: asTime(token.createdAt),
  lastUsedAt: asTime(token.lastUsedAt),
  expiresAt: asTime(token.expiresAt),
  suspendedAt: asTime(token.suspendedAt),
});

const most = 1000;

/** `admin token list ACCOUNT`: never shows a token itself. */
export function listAccountTokens(invocation: Invocation): Promise<number> {
  const [name = ''] = invocation.operands;
  return onConsole(invocation, async ({ store }) => {
    const tokens = await store.read(async (tx) => {
      const account = (await findAccount(tx, name)) ?? fail('account_unknown', { name });
      return (await listTokens(tx, account.id, { page: 0, perPage: most })).tokens;
    });
    const head = ['KEY', 'TOKEN', 'KIND', 'LAST USED', 'EXPIRES', 'STATE', 'NAME'];
    const rows = tokens.map((token) => [
      token.key,
      `${token.prefix}...`,
      token.kind,
      asDay(token.lastUsedAt),
      asDay(token.expiresAt),
      token.suspendedAt === null ? 'good' : 'suspended',
      token.name ?? '',
    ]);
    show(invocation, tokens.map(asJson), () =>
      rows.length === 0 ? [`${name} has no access tokens.`] : asTable([head, ...rows]),
    );
    return 0;
  });
}

/** `admin token revoke KEY [--reason TEXT]`: of whomever, so that a key from a log is enough. */
export function revokeAnyToken(invocation: Invocation): Promise<number> {
  const [key = ''] = invocation.operands;
  const reason = invocation.flags.get('--reason');
  return onConsole(invocation, async ({ store, gate }) => {
    checkReason(reason);
    const { owner: name } = await store.read((tx) => findToken(tx, key));
    const token = await gate.onConsole(
      'token.revokeForOwner',
      { on: 'account', name },
      (tx, permit) => revokeForOwner(tx, permit, { key, reason }),
      reason,
    );
    show(invocation, { ...asJson(token), account: name }, () => [
      `The token ${token.key} of ${name} is revoked, on every server; its owner is told by mail.`,
    ]);
    return 0;
  });
}

/** `admin token resume ACCOUNT KEY`. */
export function resumeAccountToken(invocation: Invocation): Promise<number> {
  const [name = '', key = ''] = invocation.operands;
  return onConsole(invocation, async ({ gate }) => {
    const target = { on: 'account', name } as const;
    const token = await gate.onConsole('token.resume', target, (tx, permit) =>
      resumeToken(tx, permit, { account: name, key }),
    );
    show(invocation, asJson(token), () => [`The token ${token.key} of ${name} works again.`]);
    return 0;
  });
}
