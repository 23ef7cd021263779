import type { Facts } from '../../src/policy/decide.ts';
import { type Action, actions } from '../../src/policy/policy.ts';
import { everyFacts } from './facts.ts';

/** Collects counterexamples over every action and every state of the facts; a law holds when there is none. */
export function counterexamples(breaks: (action: Action, facts: Facts) => boolean): string[] {
  const found: string[] = [];
  for (const facts of everyFacts())
    for (const action of actions)
      if (found.length < 5 && breaks(action, facts)) found.push(`${action} ${JSON.stringify(facts)}`);
  return found;
}
