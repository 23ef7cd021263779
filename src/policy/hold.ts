/** What a hold is, and how it is told. Pure. */
import type { Instant } from '../kernel/ports.ts';

/** `full`: nothing is changed. `widening`: nobody gets more power. */
export type HoldKind = 'full' | 'widening';

/** What began it. */
export type HoldReason = 'recovery-code' | 'reset' | 'support' | 'email';

export interface Hold {
  readonly kind: HoldKind;
  readonly reason: HoldReason;
  readonly since: Instant;
  readonly until: Instant;
}

const why: Record<HoldReason, string> = {
  'recovery-code': 'a recovery code was used to remove or replace its second factor',
  reset: 'the people who run this registry removed its second factor',
  support: 'support gave it back to its owner',
  email: 'its email address was changed',
};

/** How old a security key must be that ends a hold, in milliseconds (RV6). */
export const seasonedAfter = 7 * 24 * 60 * 60_000;

/** What began a hold, to stand behind "because". */
export const sayWhy = (reason: HoldReason): string => why[reason];

const earlier = 'It can be ended earlier on the website: Settings, Authentication.';

/** The refusal of what a hold stops: why, until when, and what goes on. */
export function sayHeld({ kind, reason, until }: Hold): string {
  const end = new Date(until).toISOString();
  return kind === 'full'
    ? `Until ${end} this account publishes and changes nothing, because ${why[reason]}. Reading, revoking tokens and ` +
        `turning two-factor authentication on go on. ${earlier}`
    : `Until ${end} this account creates no tokens and changes no maintainers, no email address and no second factor, ` +
        `because ${why[reason]}. Everything else goes on. ${earlier}`;
}
