/** From a cookie of the website to the session that it stands for, as long as that lives (requirements SE1, SE2). */
import type { Instant } from '../kernel/ports.ts';
import { hashSecret } from '../kernel/secrets.ts';
import type { Store } from '../store/store.ts';
import { type HeldSession, markSessionEnded, noteSessionUse, readSessionByHash } from './sessions.sql.ts';
import type { SessionRules } from './sessions.ts';

/** A session that a cookie stands for. */
export interface RecognisedSession {
  readonly id: string;
  readonly account: { readonly id: string; readonly name: string };
  readonly staff: boolean;
}

/** What sessions of staff live, those from before their account became staff not excepted. In milliseconds. */
export type StaffLives = Pick<SessionRules, 'staffIdle' | 'staffLife'>;

/** Uses closer together than this, or than a tenth of the idle life, are one. */
const sameUse = 5 * 60_000;

const idleLifeOf = (held: HeldSession, { staffIdle }: StaffLives): number =>
  held.staff === 1 ? Math.min(held.idle_life, staffIdle) : held.idle_life;

const endOf = (held: HeldSession, { staffLife }: StaffLives): Instant =>
  held.staff === 1 ? Math.min(held.expires_at, held.created_at + staffLife) : held.expires_at;

const isAlive = (held: HeldSession, at: Instant, lives: StaffLives): boolean =>
  held.ended_at === null &&
  held.frozen_at === null &&
  at < endOf(held, lives) &&
  at < held.last_used_at + idleLifeOf(held, lives);

/**
 * The session that a cookie stands for, whether it is halfway or not, or undefined. A session whose life is over is ended
 * for ever, whatever the clock says later (RN2).
 */
export async function recogniseSession(
  keeper: Store,
  cookie: string,
  kind: 'whole' | 'halfway',
  { at, lives }: { readonly at: Instant; readonly lives: StaffLives },
): Promise<RecognisedSession | undefined> {
  const held = await keeper.read((tx) => readSessionByHash(tx, hashSecret(cookie)));
  if (held === undefined || (held.halfway === 1) !== (kind === 'halfway')) return undefined;
  if (!isAlive(held, at, lives)) {
    if (held.ended_at === null && held.frozen_at === null)
      await keeper.write((tx) => markSessionEnded(tx, held.id));
    return undefined;
  }
  if (kind === 'whole' && at - held.last_used_at >= Math.min(sameUse, idleLifeOf(held, lives) / 10))
    await keeper.write((tx) => noteSessionUse(tx, held.id, at));
  return {
    id: held.id,
    account: { id: held.account_id, name: held.account_name },
    staff: held.staff === 1,
  };
}
