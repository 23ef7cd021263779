/** What reading needs to know of a package, held for at most a second (SE6) and forgotten at each change made here. */
import type { Clock, Instant } from '../kernel/ports.ts';
import type { Actor } from '../policy/actor.ts';
import type { Standing } from '../policy/decide.ts';
import { coversPackage } from '../policy/grants.ts';
import type { Reading, Store } from '../store/store.ts';
import { isReadableName, splitName } from './names.ts';
import type { PackageRow } from './packages.sql.ts';
import { readWithMaintainers } from './reading.sql.ts';

/** A living package and who maintains it. */
export interface PackageFacts {
  row: PackageRow;
  /** Ids of accounts. */
  maintainers: ReadonlySet<string>;
}

/** What of a package decides who may read it. */
interface ReadingFacts {
  row: Pick<PackageRow, 'name' | 'visibility'>;
  maintainers: ReadonlySet<string>;
}

/** How an account stands to a package as a reader of it. */
export function standingOf(
  facts: ReadingFacts | undefined,
  account: { readonly id: string; readonly name: string } | null,
): Standing {
  if (facts === undefined) return 'hidden';
  if (account !== null && facts.maintainers.has(account.id)) return 'writer';
  const ownsScope = account !== null && splitName(facts.row.name).scope === account.name;
  return facts.row.visibility === 'public' || ownsScope ? 'reader' : 'hidden';
}

/** Whether somebody finds a package in a list; a limited token shows what strangers see, and what it covers. */
export function mayRead(
  anonymousRead: boolean,
  { account, grants }: Pick<Actor, 'account' | 'grants'>,
  facts: ReadingFacts,
): boolean {
  const isOpen = anonymousRead && facts.row.visibility === 'public';
  return isOpen || (coversPackage(grants, 'read', facts.row.name) && standingOf(facts, account) !== 'hidden');
}

async function readFacts(tx: Reading, name: string): Promise<PackageFacts | undefined> {
  const found = await readWithMaintainers(tx, name);
  if (found === undefined || found.row.unpublished_at !== null) return undefined;
  return { row: found.row, maintainers: new Set(found.maintainers) };
}

const life: Instant = 1000;
const mostKept = 20_000;

interface Kept {
  facts: Promise<PackageFacts | undefined>;
  /** The same, once read. */
  known?: PackageFacts | undefined;
  since: Instant;
}

export interface FactsKeeper {
  /** The facts of a living package; `fresh` asks the database whatever is held. */
  find(name: string, fresh: boolean): Promise<PackageFacts | undefined>;
  /** The same without waiting: undefined where the database must be asked, and where there is no such package. */
  known(name: string): PackageFacts | undefined;
  /** Forgets a package that was changed, also where its facts are just being read. */
  forget(name: string): void;
}

/** Keeps facts in memory, the most recently read names, and asks once for many readers. */
export function createFactsKeeper(store: Store, clock: Clock): FactsKeeper {
  const kept = new Map<string, Kept>();

  const ask = (name: string, since: Instant): Kept => {
    const entry: Kept = { facts: store.read((tx) => readFacts(tx, name)), since };
    kept.delete(name);
    kept.set(name, entry);
    entry.facts.then(
      (facts) => {
        entry.known = facts;
      },
      () => {
        if (kept.get(name) === entry) kept.delete(name);
      },
    );
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
    return entry;
  };

  const young = (name: string, now: Instant): Kept | undefined => {
    const held = kept.get(name);
    return held !== undefined && now >= held.since && now - held.since < life ? held : undefined;
  };

  return {
    find: async (name, fresh) => {
      const now = clock.now();
      const held = fresh ? undefined : young(name, now);
      if (held) return held.facts;
      return isReadableName(name) ? ask(name, now).facts : undefined;
    },
    known: (name) => young(name, clock.now())?.known,
    forget: (name) => void kept.delete(name),
  };
}
