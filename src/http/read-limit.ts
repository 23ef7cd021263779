/** How much strangers may read, where the operator set a limit (RL6). Each process counts by itself, in memory. */
import { isLoopback, networkOf } from '../kernel/address.ts';
import { fail } from '../kernel/failure.ts';
import type { Clock } from '../kernel/ports.ts';
import { type Bucket, bucketAt, isOver, type Rate, roomAt, secondsUntil } from '../kernel/rate.ts';
import type { Actor } from '../policy/actor.ts';
import { type Action, policy } from '../policy/policy.ts';

/** Who reads, and what. */
export interface Read {
  readonly actor: Actor;
  readonly action: Action;
}

/** Fails with `too_many_requests` where a stranger read too much; otherwise counts the read. */
export type LimitReads = (read: Read) => void;

/** What strangers read. That the server lives, what it counts, and how a login goes on is told however much is asked. */
const isCounted = (action: Action): boolean => ['visitor', 'reader'].includes(policy[action].who);
const mostNetworks = 20_000;

/**
 * Counts reads without a credential by network (one customer: v4 /32, v6 /64; those without a known address together).
 * `onLimited` is told of each refusal. Undefined where the limit is off.
 */
export function createReadLimit(told: {
  readonly limit: Rate | 'off';
  /** Whether this machine itself is free of it. */
  readonly loopbackExempt: boolean;
  readonly clock: Clock;
  readonly onLimited: (read: Read) => void;
}): LimitReads | undefined {
  const { limit, loopbackExempt, clock, onLimited } = told;
  if (limit === 'off') return undefined;
  const networks = new Map<string, Bucket[]>();

  const count = (network: string, now: number): void => {
    const since = bucketAt(limit, now);
    const kept = (networks.get(network) ?? []).filter((bucket) => !isOver(limit, bucket, now));
    const before = kept.find((bucket) => bucket.since === since);
    const others = kept.filter((bucket) => bucket !== before);
    // Who read last stands last, so that the network that is forgotten for want of room is the quietest.
    networks.delete(network);
    const [quietest] = networks.keys();
    if (networks.size >= mostNetworks && quietest !== undefined) networks.delete(quietest);
    networks.set(network, [...others, { since, count: (before?.count ?? 0) + 1 }]);
  };

  return (read) => {
    const { actor, action } = read;
    if (actor.credential !== 'anonymous' || !isCounted(action)) return;
    if (loopbackExempt && actor.address !== null && isLoopback(actor.address)) return;
    const network = networkOf(actor.address ?? undefined, 'customer');
    const now = clock.now();
    const room = roomAt(limit, networks.get(network) ?? [], now);
    if (room === undefined) return count(network, now);
    onLimited(read);
    fail('too_many_requests', { retryAfter: secondsUntil(room, now) });
  };
}
