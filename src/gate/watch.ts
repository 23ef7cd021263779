/** Counts what passes the gate: challenges, factors, passwords, limits. The hot path (`glance`) is not touched. */
import { type Failure, isFailure } from '../kernel/failure.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { Actor } from '../policy/actor.ts';
import type { ProvenFactor } from '../policy/permit.ts';
import { type Action, policy } from '../policy/policy.ts';
import type { Act, Gate } from './gate.ts';

const limits: readonly string[] = [
  'too_many_attempts',
  'too_many_requests',
  'logins_limited',
  'codes_barred',
  'token_suspended',
  'busy',
];

function countFailure(metrics: Metrics, { code }: Failure): void {
  if (code === 'otp_required') metrics.challenges.add('asked');
  if (code === 'otp_refused' || code === 'key_refused') metrics.challenges.add('refused');
  if (code === 'password_wrong') metrics.passwords.add('wrong');
  if (limits.includes(code)) metrics.budgets.add(code);
}

/** The same gate, counting. */
export function watchGate(gate: Gate, metrics: Metrics): Gate {
  const counting = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      if (isFailure(thrown)) countFailure(metrics, thrown);
      throw thrown;
    }
  };
  const perform = <A extends Action, P, T>(actor: Actor, act: Act<A, P, T>): Promise<T> =>
    counting(async () => {
      // The last try of a transaction is the one that counts.
      let factor: ProvenFactor = 'none';
      const result = await gate.perform<A, P, T>(actor, {
        ...act,
        work: (tx, permit, prepared) => {
          factor = permit.factor;
          return act.work(tx, permit, prepared);
        },
      });
      if (actor.claim !== null || policy[act.action].password) metrics.passwords.add('right');
      if (factor !== 'none') {
        metrics.challenges.add('accepted');
        metrics.redemptions.add(factor);
      }
      return result;
    });
  return {
    ...gate,
    perform,
    judge: (actor, action, target, orElse) => counting(() => gate.judge(actor, action, target, orElse)),
    look: (actor, action, target, work) => counting(() => gate.look(actor, action, target, work)),
  };
}
