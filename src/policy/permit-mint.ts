import type { Permit } from './permit.ts';
import type { Action } from './policy.ts';

/** Makes a permit. Only the gate may import this file (held by dependency-cruiser). */
export function mintPermit<A extends Action>(
  told: Pick<Permit<A>, 'action' | 'actor' | 'account' | 'target' | 'factor'> &
    Partial<Pick<Permit<A>, 'passwordProven' | 'key'>>,
): Permit<A> {
  return Object.freeze({ passwordProven: false, key: null, ...told }) as Permit<A>;
}
