/** Packages, what is told of them, and the keys that sign them. */
import type { Generated } from 'kysely';
import type { Instant } from '../../kernel/ports.ts';
import type { Flag } from './flag.ts';

export interface PackagesTable {
  id: string;
  name: string;
  /** The name without `-`, `_` and `.`: nobody else may take a name that equals it (IN2). */
  confusable: string;
  /** Rises with every change that its maintainers make; the number of `_rev`. */
  revision: number;
  /** Rises with every star given or taken, which changes packuments too but must not disturb who edits one. */
  star_changes: Generated<number>;
  visibility: 'public' | 'restricted';
  requires_second_factor: Flag;
  bypass_allowed: Flag;
  created_at: Instant;
  updated_at: Instant;
  /** When the whole package was removed; its name may live again a day later. */
  unpublished_at: Instant | null;
  /** Its place in the feed of changes; null from each change until the feed is read next (packages/changes.ts). */
  change_sequence: number | null;
}

/** The second factor that stood behind a publish; `page`: the owner approved it on the website. */
export type PublishedWith = 'none' | 'totp' | 'security-key' | 'recovery-code' | 'page' | 'proof' | 'bypass';

export interface VersionsTable {
  package_id: string;
  version: string;
  /** Order of publication within the package: the revision that brought it. */
  sequence: number;
  /** The full and the abbreviated manifest as JSON without host, open at the end of `dist` (packages/fragment.ts). */
  manifest: string;
  abbreviated: string;
  readme: string | null;
  integrity: string;
  shasum: string;
  blob: string;
  size: number;
  deprecated: string | null;
  /** The provenance bundle as JSON, and what it attests. */
  provenance: string | null;
  predicate: string | null;
  /** The registry's signature over name, version and integrity, and its key; null until signed (packages/signing.ts). */
  signature_key: string | null;
  signature: string | null;
  published_at: Instant;
  published_by: string;
  /** What the publisher proved beside the credential; `bypass`: a token that needs not. Null where it was not told. */
  factor: PublishedWith | null;
  /** A tombstone: the version is gone and can never be used again. */
  unpublished_at: Instant | null;
}

export interface TagsTable {
  package_id: string;
  tag: string;
  version: string;
}

export interface MaintainersTable {
  package_id: string;
  account_id: string;
  since: Instant;
}

/**
 * What is found of each living package, from its version `latest`. The words are indexed beside it: on SQLite in the
 * table `search_words` of FTS5 under the same number, on PostgreSQL in the column `words` (packages/search.sql.ts).
 */
export interface SearchTable {
  /** Rises whenever `latest` becomes another version, so that the newest come first. */
  sequence: Generated<number>;
  package_id: string;
  version: string;
  /** What the words were made from, hashed: equal where nothing needs to be written. */
  stamp: string;
  /** JSON of what a result shows of the version. */
  shown: string;
}

/** How often tarballs were fetched, by version and day. */
export interface DownloadsTable {
  package_id: string;
  /** Days since 1970-01-01 UTC. */
  day: number;
  version: string;
  count: number;
}

/** The same for all public packages together. */
export interface DownloadTotalsTable {
  day: number;
  count: number;
}

/** Who likes what. */
export interface StarsTable {
  package_id: string;
  account_id: string;
  since: Instant;
}

/** What living versions need: by the name of the package that is needed. */
export interface DependenciesTable {
  name: string;
  package_id: string;
  version: string;
}

/** The keys that sign versions: ECDSA on P-256. The one without an end signs; all are told to clients. */
export interface SigningKeysTable {
  /** `SHA256:` and the hash of the public key, as clients compare it. */
  id: string;
  /** SubjectPublicKeyInfo, DER in base64. */
  public_key: string;
  /** The private key (PKCS #8, DER), sealed by the vault, bound to this row. */
  sealed: string;
  created_at: Instant;
  /** Versions published from then on are not to be believed its signature. */
  expires_at: Instant | null;
}

/** Numbers that only rise. `changes`: the last place in the feed of changes. */
export interface CountersTable {
  name: string;
  value: number;
}

/** Names that are ours; they outlive the package. */
export interface ClaimsTable {
  name: string;
  created_at: Instant;
}

export interface PackageTables {
  packages: PackagesTable;
  versions: VersionsTable;
  tags: TagsTable;
  maintainers: MaintainersTable;
  search: SearchTable;
  counters: CountersTable;
  downloads: DownloadsTable;
  download_totals: DownloadTotalsTable;
  stars: StarsTable;
  dependencies: DependenciesTable;
  signing_keys: SigningKeysTable;
  claims: ClaimsTable;
}
