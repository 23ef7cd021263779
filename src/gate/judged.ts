import type { Actor } from '../policy/actor.ts';
import type { Facts } from '../policy/decide.ts';
import type { Deed } from './traces.ts';

/**
 * What was judged by the headers of a request, so that it is not read again when the body is there. It may be as old as
 * the body is slow: it only chooses what is prepared and asked. The transaction that acts reads and judges anew.
 */
export interface Judgements {
  keep(actor: Actor, deed: Deed, facts: Facts): void;
  /** The facts of the same deed of the same request; undefined where it was not judged before. */
  recall(actor: Actor, deed: Deed): Facts | undefined;
}

const isSame = ({ action, target }: Deed, other: Deed): boolean =>
  action === other.action &&
  target.on === other.target.on &&
  (target.on === 'site' || other.target.on === 'site' || target.name === other.target.name);

/** Remembers them by the actor, which every request has one of. */
export function rememberJudgements(): Judgements {
  const kept = new WeakMap<Actor, { readonly deed: Deed; readonly facts: Facts }>();
  return {
    keep: (actor, deed, facts) => void kept.set(actor, { deed, facts }),
    recall: (actor, deed) => {
      const known = kept.get(actor);
      // What a link allows is part of the facts, and no header names one.
      const isKnown = known !== undefined && deed.invitation === undefined && isSame(known.deed, deed);
      return isKnown ? known.facts : undefined;
    },
  };
}
