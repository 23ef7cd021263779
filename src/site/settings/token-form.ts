/** What the form of a new token asks for (contract.md, tokens; requirements TK2). Pure. */
import type { Fields } from '../../http/form-body.ts';
import { fail } from '../../kernel/failure.ts';
import { type Grants, noGrants, type Permission } from '../../policy/grants.ts';
import type { TokenRules } from '../../tokens/life.ts';
import type { TokenWish } from '../../tokens/tokens.ts';

const types = ['readonly', 'automation', 'publish', 'granular'] as const;
type TokenType = (typeof types)[number];
/** The rights that the form offers; the clients know one more, for publishing in stages. */
const offered = ['read-only', 'read-write'] as const;

/** The fields that limit a granular token. */
export const limitFields = ['packages', 'scopes', 'organizations'] as const;

const refuse = (reason: string): never => fail('request_invalid', { reason });

/** One on each line; commas part them too, because the command line says so. */
const linesIn = (text = ''): string[] => text.split(/[\n,]/).flatMap((line) => line.trim() || []);

const isType = (text: string | undefined): text is TokenType => types.some((type) => type === text);

function permissionIn(text: string | undefined): Permission {
  if (text === undefined || text === '') return 'read-only';
  return offered.find((permission) => permission === text) ?? refuse('Choose one of the permissions.');
}

function grantsIn(fields: Fields): Grants {
  const [packages, scopes, organisations] = limitFields.map((name) => linesIn(fields[name]));
  const wanted = { packages: packages ?? [], scopes: scopes ?? [], organisations: organisations ?? [] };
  const touchesPackages = wanted.packages.length + wanted.scopes.length > 0;
  if (!touchesPackages && wanted.organisations.length === 0)
    refuse('A granular token without packages, scopes or organizations opens nothing: name at least one.');
  return {
    all: false,
    ...wanted,
    permission: touchesPackages ? permissionIn(fields.permission) : 'no-access',
    organisationsPermission:
      wanted.organisations.length > 0 ? permissionIn(fields['organizations-permission']) : 'no-access',
  };
}

/** Limits that stand beside another type would not be obeyed: nobody is made a wider token than he described. */
function refuseLimits(fields: Fields): void {
  if (limitFields.some((name) => linesIn(fields[name]).length > 0))
    refuse(
      'Packages, scopes and organizations limit a granular token: choose "Granular", or leave them empty.',
    );
}

const everything: Grants = { ...noGrants, all: true, permission: 'read-write' };

function daysIn(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  return /^[1-9]\d{0,4}$/.test(text) ? Number(text) : refuse('The expiration is a whole number of days.');
}

/** What the fields ask for. Fails with `request_invalid`. */
export function tokenWishOf(fields: Fields): TokenWish {
  const { type } = fields;
  const name = fields.name?.trim() || refuse('Give the token a name, so that you know later what to revoke.');
  if (!isType(type)) return refuse('Choose a type.');
  if (type !== 'granular') refuseLimits(fields);
  const grants = { granular: () => grantsIn(fields), automation: () => everything };
  return {
    kind: type,
    grants: type === 'granular' || type === 'automation' ? grants[type]() : undefined,
    name,
    cidr: linesIn(fields.cidr),
    days: daysIn(fields.expires),
  };
}

const day = 24 * 3600 * 1000;
const usualLives = [7, 30, 90, 365];

/** The lives to choose from, in days, shortest first, and the one that is chosen beforehand. */
export function livesUnder({ life, lifeMax }: Pick<TokenRules, 'life' | 'lifeMax'>): {
  readonly days: readonly number[];
  readonly chosen: number | undefined;
} {
  const longest = lifeMax === 'never' ? Number.POSITIVE_INFINITY : Math.floor(lifeMax / day);
  const usual = life / day;
  // A default that is no number of whole days can be had by choosing nothing.
  const chosen = Number.isInteger(usual) && usual >= 1 && usual <= longest ? usual : undefined;
  const all = [...usualLives, ...(chosen === undefined ? [] : [chosen])];
  const days = [...new Set(all)].filter((one) => one <= longest).sort((one, other) => one - other);
  return { days, chosen };
}
