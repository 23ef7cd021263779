/** The rules about the second factor that a package may have, as its page and npm name them. */
import type { Fields } from '../../http/form-body.ts';
import { fail } from '../../kernel/failure.ts';
import type { FactorRuleWish } from '../../packages/curate.ts';
import type { Access } from '../../packages/inspect.ts';
import type { RadioOption } from '../parts/choices.tsx';

const rules = ['none', 'automation', 'publish'] as const;
/** Named as in `npm access set mfa=…`. */
export type FactorRule = (typeof rules)[number];

export const ruleOptions: readonly (RadioOption & { readonly value: FactorRule })[] = [
  {
    value: 'none',
    label: 'Do not require two-factor authentication',
    description: 'Maintainers publish as each has chosen for their own account.',
  },
  {
    value: 'automation',
    label: 'Require two-factor authentication or an automation token',
    description: 'People are asked for their second factor; tokens that bypass it publish for CI/CD.',
  },
  {
    value: 'publish',
    label: 'Require two-factor authentication and disallow tokens that bypass it',
    description: 'Recommended. Every publish and every change is asked for a second factor.',
  },
];

/** The rule of a package. */
export function ruleOf({ requiresSecondFactor, bypassAllowed }: Access): FactorRule {
  if (!requiresSecondFactor) return 'none';
  return bypassAllowed ? 'automation' : 'publish';
}

/** The rule that was chosen. Fails with `request_invalid`. */
export const ruleIn = ({ mfa }: Fields): FactorRule =>
  rules.find((rule) => rule === mfa) ?? fail('request_invalid', { reason: 'Choose one of the rules.' });

/** What choosing a rule changes. */
export const wishFor: Readonly<Record<FactorRule, FactorRuleWish>> = {
  none: { requiresSecondFactor: false, bypassAllowed: undefined },
  automation: { requiresSecondFactor: true, bypassAllowed: true },
  publish: { requiresSecondFactor: true, bypassAllowed: false },
};

/** The path of a page about a package's access, without the prefix. */
export const accessPath = (name: string, rest = ''): string => `/package/${name}/access${rest}`;
