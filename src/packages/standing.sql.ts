import type { Standing } from '../policy/decide.ts';
import type { Reading } from '../store/store.ts';

/** What decisions about a package need to know of it and of one account. */
export interface PackageStanding {
  readonly standing: Standing;
  /** Whether every reader of the registry sees the package. */
  readonly isPublic: boolean;
  readonly requiresFactor: boolean;
  readonly bypassAllowed: boolean;
}

const scopeOf = (name: string): string | null =>
  name.startsWith('@') ? name.slice(1, name.indexOf('/')) : null;

/**
 * How an account stands to the package of that name: `founder` where the name is free and the account may take it (any
 * unscoped name; of the scopes only its own), `hidden` where it may not know whether there is such a package.
 */
export async function readStanding(
  tx: Reading,
  name: string,
  account: { readonly id: string; readonly name: string } | null,
): Promise<PackageStanding> {
  const scope = scopeOf(name);
  const ownsScope = account !== null && scope === account.name;
  // One question whatever there is: the time of the answer does not tell a hidden package from none.
  const found = await tx.sql
    .selectFrom('packages')
    .leftJoin('maintainers', (join) =>
      join
        .onRef('maintainers.package_id', '=', 'packages.id')
        .on('maintainers.account_id', '=', account?.id ?? ''),
    )
    .select([
      'packages.visibility',
      'packages.requires_second_factor',
      'packages.bypass_allowed',
      'maintainers.account_id as maintainer',
    ])
    .where('packages.name', '=', name)
    .executeTakeFirst();
  if (!found) {
    const mayFound = account !== null && (scope === null || ownsScope);
    return {
      standing: mayFound ? 'founder' : 'hidden',
      isPublic: false,
      requiresFactor: false,
      bypassAllowed: true,
    };
  }
  const maintains = found.maintainer !== null;
  const isPublic = found.visibility === 'public';
  const visible = isPublic || ownsScope;
  return {
    standing: maintains ? 'writer' : visible ? 'reader' : 'hidden',
    isPublic,
    requiresFactor: found.requires_second_factor === 1,
    bypassAllowed: found.bypass_allowed === 1,
  };
}
