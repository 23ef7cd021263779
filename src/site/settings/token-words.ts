/** Access tokens in words: what they are called, and what they may touch. */
import type { Grants, Permission } from '../../policy/grants.ts';
import type { Token } from '../../tokens/token.ts';

/** The types of contract.md; a login is what `npm login` leaves behind. */
export const typeOf: Readonly<Record<Token['kind'], string>> = {
  session: 'Login',
  readonly: 'Read-only',
  publish: 'Publish',
  automation: 'Automation',
  granular: 'Granular',
};

const powers: Readonly<Record<Permission, string>> = {
  'no-access': 'No access to',
  'read-only': 'Reads',
  'read-write-stage-only': 'Reads and stages',
  'read-write': 'Reads and writes',
};

function namedIn({ all, packages, scopes }: Grants): string {
  if (all) return 'all packages';
  return [...packages, ...scopes.map((scope) => `all of ${scope}`)].join(', ');
}

const whole: Readonly<Record<Token['kind'], string>> = {
  session: 'Does whatever you may, and is asked your second factor.',
  readonly: 'Reads whatever you may read.',
  publish: 'Reads and writes whatever you may, and is asked your second factor.',
  automation: 'Opens nothing.',
  granular: 'Opens nothing.',
};

/** What a token may do, one sentence each. */
export function sayAccess({ kind, grants }: Pick<Token, 'kind' | 'grants'>): readonly string[] {
  if (grants === null) return [whole[kind]];
  const packages = namedIn(grants);
  const sentences = [
    ...(packages === '' ? [] : [`${powers[grants.permission]} ${packages}.`]),
    ...(grants.organisations.length === 0
      ? []
      : [`${powers[grants.organisationsPermission]} ${grants.organisations.join(', ')}.`]),
    ...(kind === 'automation' ? ['Bypasses two-factor authentication.'] : []),
  ];
  return sentences.length === 0 ? ['Opens nothing.'] : sentences;
}

/** How a token is called where it has no name. */
export const titleOf = ({ name, prefix }: Pick<Token, 'name' | 'prefix'>): string => name ?? `${prefix}…`;
