/** What a limited access token may touch (TK2). It narrows what the token's owner may; it never gives anything. Pure. */

/** From nothing to everything; each holds what stands before it. */
export const permissions = ['no-access', 'read-only', 'read-write-stage-only', 'read-write'] as const;
export type Permission = (typeof permissions)[number];

export interface Grants {
  /** Every package that the owner may touch; then `packages` and `scopes` are empty. */
  readonly all: boolean;
  /** Full names, whether or not there are such packages yet. */
  readonly packages: readonly string[];
  /** With their `@`. */
  readonly scopes: readonly string[];
  /** What may be done with these packages. */
  readonly permission: Permission;
  readonly organisations: readonly string[];
  /** What may be done with the organisations themselves; gives no right to their packages. */
  readonly organisationsPermission: Permission;
}

/** The grants of a token that should have some and has none. */
export const noGrants: Grants = {
  all: false,
  packages: [],
  scopes: [],
  permission: 'no-access',
  organisations: [],
  organisationsPermission: 'no-access',
};

/** Whether an act changes something. */
export type Need = 'read' | 'write';

const least: Readonly<Record<Need, Permission>> = { read: 'read-only', write: 'read-write' };

const allows = ({ permission }: Grants, need: Need): boolean =>
  permissions.indexOf(permission) >= permissions.indexOf(least[need]);

const holds = ({ all, packages, scopes }: Grants, name: string): boolean =>
  all || packages.includes(name) || scopes.some((scope) => name.startsWith(`${scope}/`));

/** Whether a token may read or change the package of that name; null is a token without limits. */
export const coversPackage = (grants: Grants | null, need: Need, name: string): boolean =>
  grants === null || (holds(grants, name) && allows(grants, need));

/** The same for what concerns all packages at once. */
export const coversSite = (grants: Grants | null, need: Need): boolean =>
  grants === null || (grants.all && allows(grants, need));
