/** What a body of `npm token create` asks for (protocol/auth.md §7.1). */
import { z } from 'zod';
import { fail } from '../kernel/failure.ts';
import { type Grants, type Permission, permissions } from '../policy/grants.ts';
import type { TokenWish } from '../tokens/tokens.ts';

const texts = z.array(z.string());
const aboutOrganisations = permissions.filter((permission) => permission !== 'read-write-stage-only');

/**
 * Both generations of npm and its OpenAPI: `cidr` and `token_description` are other names of `cidr_whitelist` and
 * `description`. Unknown fields are refused: one that is overlooked could have narrowed the token.
 */
export const tokenBody = z.strictObject({
  password: z.string(),
  readonly: z.boolean().nullish(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  token_description: z.string().nullish(),
  expires: z.int().min(1, 'a whole number of days').max(36_500, 'a whole number of days').nullish(),
  cidr_whitelist: texts.nullish(),
  cidr: texts.nullish(),
  bypass_2fa: z.boolean().nullish(),
  packages: texts.nullish(),
  packages_all: z.boolean().nullish(),
  scopes: texts.nullish(),
  orgs: texts.nullish(),
  packages_and_scopes_permission: z.enum(permissions).nullish(),
  orgs_permission: z.enum(aboutOrganisations).nullish(),
});
export type TokenBody = z.infer<typeof tokenBody>;

/** A field that is absent, null, false or an empty list asks for nothing. */
export const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);

const refuse = (reason: string): never => fail('request_invalid', { reason });

const grantFields = [
  'packages',
  'packages_all',
  'scopes',
  'orgs',
  'packages_and_scopes_permission',
  'orgs_permission',
] as const satisfies (keyof TokenBody)[];

/** One value where two names of a field came. */
function agreed<T>(field: string, one: T | null | undefined, other: T | null | undefined): T | undefined {
  if (one !== undefined && one !== null && other !== undefined && other !== null)
    refuse(`The field "${field}" came under two names.`);
  return one ?? other ?? undefined;
}

/** Npm tells people to separate names by commas and sends what they type as one (npm 11 and 12, lib/commands/token.js). */
const namesIn = (texts: readonly string[] | null | undefined): string[] =>
  (texts ?? []).flatMap((text) => text.split(',')).flatMap((name) => name.trim() || []);

/** Whether all packages are meant; nothing narrower may stand beside that. */
function namesAll({ packages, packages_all: flag, scopes }: TokenBody): boolean {
  const names = namesIn(packages);
  if (flag !== true && !names.includes('*')) return false;
  if (names.some((name) => name !== '*'))
    refuse('All packages are asked for and single ones too: leave "packages" or "packages_all" out.');
  if (isGiven(scopes))
    refuse('All packages are asked for and single scopes too: leave "scopes" or "packages_all" out.');
  return true;
}

/** A right that is asked for nothing. `no-access` beside nothing says no more than nothing does. */
function refuseIdle(body: TokenBody, packages: boolean, organisations: boolean): void {
  const { packages_and_scopes_permission: ofPackages, orgs_permission: ofOrganisations } = body;
  if (!packages && isGiven(ofPackages) && ofPackages !== 'no-access')
    refuse('"packages_and_scopes_permission" goes with --packages, --packages-all or --scopes.');
  if (!organisations && isGiven(ofOrganisations) && ofOrganisations !== 'no-access')
    refuse('"orgs_permission" (--orgs-permission) goes with --orgs.');
  if (!packages && body.bypass_2fa === true)
    refuse('"bypass_2fa" (--bypass-2fa) goes with --packages, --packages-all or --scopes.');
  if (!packages && !organisations)
    refuse('A token without access opens nothing: add --packages, --packages-all, --scopes or --orgs.');
}

/**
 * The right to packages that is asked for. Without a word it is to read them; a token that bypasses two-factor
 * authentication means nothing but writing (docs/decisions/0012).
 */
function permissionOf(body: TokenBody): Permission {
  const { packages_and_scopes_permission: given, bypass_2fa: bypass, readonly } = body;
  const writes = given === 'read-write' || given === 'read-write-stage-only';
  if (readonly === true && bypass === true) refuse('"readonly" and "bypass_2fa" contradict each other.');
  if (readonly === true && writes)
    refuse(`"readonly" and "packages_and_scopes_permission": "${given}" contradict each other.`);
  if (bypass === true && isGiven(given) && !writes)
    refuse(`"bypass_2fa" and "packages_and_scopes_permission": "${given}" contradict each other.`);
  return given ?? (bypass === true ? 'read-write' : 'read-only');
}

/** What the token is limited to; undefined where the body names no limits at all. */
function grantsOf(body: TokenBody): Grants | undefined {
  if (!grantFields.some((field) => isGiven(body[field]))) {
    if (body.bypass_2fa === true)
      refuse(
        'A token that bypasses two-factor authentication needs to be limited: "bypass_2fa" (--bypass-2fa) goes with ' +
          '--packages, --packages-all or --scopes.',
      );
    return undefined;
  }
  const all = namesAll(body);
  const packages = all ? [] : namesIn(body.packages);
  const scopes = namesIn(body.scopes);
  const organisations = namesIn(body.orgs);
  const touchesPackages = all || packages.length > 0 || scopes.length > 0;
  refuseIdle(body, touchesPackages, organisations.length > 0);
  return {
    all,
    packages,
    scopes,
    permission: touchesPackages ? permissionOf(body) : 'no-access',
    organisations,
    organisationsPermission: body.orgs_permission ?? (organisations.length > 0 ? 'read-only' : 'no-access'),
  };
}

function kindOf(body: TokenBody, grants: Grants | undefined): TokenWish['kind'] {
  if (grants !== undefined) return body.bypass_2fa === true ? 'automation' : 'granular';
  return body.readonly === true ? 'readonly' : 'publish';
}

/** Pure: what a body asks for. Fails with `request_invalid`, naming the field. */
export function wishOf(body: TokenBody): TokenWish {
  const grants = grantsOf(body);
  return {
    kind: kindOf(body, grants),
    grants,
    name: body.name ?? undefined,
    description: agreed('description', body.description, body.token_description),
    cidr: agreed('cidr_whitelist', body.cidr_whitelist, body.cidr),
    days: body.expires ?? undefined,
  };
}
