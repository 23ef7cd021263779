import { factorCount } from '../factors/factors.sql.ts';
import type { Mode } from '../policy/decide.ts';
import { type Grants, noGrants } from '../policy/grants.ts';
import type { Reading } from '../store/store.ts';
import { grantsIn } from '../tokens/grants.ts';

/** The account behind a credential as decisions see it, or undefined when there is none. */
export async function readAccountFacts(
  tx: Reading,
  account: string,
): Promise<{ mode: Mode; frozen: boolean; staff: boolean; passwordVersion: number } | undefined> {
  const found = await tx.sql
    .selectFrom('accounts')
    .select((accounts) => [
      'accounts.mode',
      'accounts.frozen_at',
      'accounts.staff',
      'accounts.password_version',
      factorCount(accounts).as('factors'),
    ])
    .where('accounts.id', '=', account)
    .executeTakeFirst();
  if (!found) return undefined;
  return {
    mode: found.factors === 0 ? 'off' : found.mode,
    frozen: found.frozen_at !== null,
    staff: found.staff === 1,
    passwordVersion: found.password_version,
  };
}

/** How long a factor or password that was proven in a session of the website suffices (SE3), in milliseconds. */
const window = 5 * 60_000;

/** Whether a session of the website, or a sign-in halfway, still lives, and what it proved lately. */
export async function readSessionFacts(
  tx: Reading,
  session: string,
): Promise<{ alive: boolean; factorFresh: boolean; passwordFresh: boolean }> {
  const found = await tx.sql
    .selectFrom('sessions')
    .select(['ended_at', 'expires_at', 'factor_at', 'password_at'])
    .where('id', '=', session)
    .executeTakeFirst();
  const isFresh = (at: number | null | undefined): boolean =>
    typeof at === 'number' && at <= tx.now && tx.now - at < window;
  return {
    // Idleness was judged when the session was recognised: uses are written down with a delay.
    alive: found !== undefined && found.ended_at === null && found.expires_at > tx.now,
    factorFresh: isFresh(found?.factor_at),
    passwordFresh: isFresh(found?.password_at),
  };
}

/** Whether an access token still lives, whether it is suspended or guarded, and what it is limited to. */
export async function readTokenFacts(
  tx: Reading,
  token: string,
): Promise<{ alive: boolean; suspended: boolean; guarded: boolean; grants: Grants | null }> {
  const found = await tx.sql
    .selectFrom('tokens')
    .select(['kind', 'grants', 'revoked_at', 'suspended_at', 'guarded_until', 'expires_at', 'expired_at'])
    .where('id', '=', token)
    .executeTakeFirst();
  // Idleness was judged when the token was recognised: uses are written down with a delay.
  const alive =
    found !== undefined &&
    found.revoked_at === null &&
    found.expired_at === null &&
    (found.expires_at ?? Number.POSITIVE_INFINITY) > tx.now;
  return {
    alive,
    suspended: found !== undefined && found.suspended_at !== null,
    guarded: tx.now < (found?.guarded_until ?? 0),
    grants: found === undefined ? noGrants : grantsIn(found),
  };
}
