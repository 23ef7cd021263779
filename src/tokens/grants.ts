/** What an access token is limited to: as it is wished for, and as it is stored (TK2). */
import { fail } from '../kernel/failure.ts';
import { type Grants, noGrants } from '../policy/grants.ts';
import type { TokensTable } from '../store/schema.ts';

/** As npm documents for its own tokens: so many packages and scopes together, and so many organisations. */
const most = { packages: 50, organisations: 50 };
const longestName = 214;

/** Broader than names of new packages: what comes from upstream may be called by an older rule. */
const part = "[A-Za-z0-9_~.!'()-]+";
const packageName = new RegExp(`^(@${part}/)?${part}$`);
const scopeName = new RegExp(`^@${part}$`);
const organisationName = /^[a-z0-9][a-z0-9._-]*$/;

function checkNames(names: readonly string[], shape: RegExp, what: string): readonly string[] {
  for (const name of names) {
    if (name.length > longestName || !shape.test(name)) {
      fail('request_invalid', { reason: `${JSON.stringify(name.slice(0, 60))} is not the name of ${what}.` });
    }
  }
  return [...new Set(names)];
}

/** A wish with its names checked, each once. Fails with `request_invalid`. */
export function checkGrants(wish: Grants): Grants {
  const scopes = wish.scopes.map((scope) => (scope.startsWith('@') ? scope : `@${scope}`));
  const grants = {
    ...wish,
    packages: checkNames(wish.packages, packageName, 'one package; for all of a scope name the scope'),
    scopes: checkNames(scopes, scopeName, 'a scope'),
    organisations: checkNames(wish.organisations, organisationName, 'an organization'),
  };
  if (grants.packages.length + grants.scopes.length > most.packages) {
    fail('request_invalid', {
      reason: `An access token is limited to at most ${most.packages} packages and scopes together.`,
    });
  }
  if (grants.organisations.length > most.organisations) {
    fail('request_invalid', { reason: `An access token names at most ${most.organisations} organizations.` });
  }
  return grants;
}

/** What a stored token is limited to; null for nothing. A limited kind without its limits opens nothing. */
export function grantsIn({ kind, grants }: Pick<TokensTable, 'kind' | 'grants'>): Grants | null {
  if (grants !== null) return JSON.parse(grants) as Grants;
  return kind === 'granular' || kind === 'automation' ? noGrants : null;
}
