/** Searching: the index says what could be shown, the packages themselves what may be. */
import { setImmediate } from 'node:timers/promises';
import type { Actor } from '../policy/actor.ts';
import { coversSite } from '../policy/grants.ts';
import type { Reading } from '../store/store.ts';
import { mayRead } from './facts.ts';
import { splitName } from './names.ts';
import {
  countMatches,
  type MatchRow,
  readAccountsOf,
  readMaintainersOf,
  readMatches,
  readPackagesOf,
} from './search.sql.ts';
import type { Shown } from './search-index.ts';
import { type Rank, ranksOf, readSearchText } from './search-text.ts';
import { type Condition, having, type Match, seenBy } from './search-words.ts';

/** Results beyond these are not counted, and nobody pages to them. */
export const mostResults = 10_000;

export interface SearchWish {
  text: string;
  /** How many results, and after how many. */
  size: number;
  from: number;
}

interface User {
  username: string;
  email: string;
}

/** A package as npm's clients read one in a search (protocol/packages.md §6). */
export interface FoundPackage {
  name: string;
  scope?: string;
  version: string;
  description: string;
  keywords: string[];
  date: string;
  links: { npm: string; homepage?: string; repository?: string; bugs?: string };
  author?: Shown['author'];
  publisher: User;
  maintainers: User[];
}

export interface Found {
  package: FoundPackage;
  flags: Shown['flags'];
  /** Between 0 and 1. */
  relevance: number;
}

export interface SearchSite {
  /** Base of every URL, without a slash at its end. */
  readonly publicUrl: string;
  readonly anonymousRead: boolean;
}

/** Who searches: what he may read is what he finds. */
type Searcher = Pick<Actor, 'account' | 'grants'>;

const anyOf = (matches: readonly Match[], otherwise: Match): Match => {
  const [first, ...rest] = matches;
  return first ? { any: [first, ...rest] } : otherwise;
};

const nobody = having('seen', 'nobody');

/** What the searcher may see, as the index tells it: see `mayRead`. */
function visibleTo({ account, grants }: Searcher, anonymousRead: boolean): Match {
  const everybody = having('seen', seenBy.everybody);
  const views = account ? [seenBy.account(account.id), seenBy.scope(account.name)] : [];
  const own = anyOf([everybody, ...views.map((view) => having('seen', view))], nobody);
  if (grants === null || coversSite(grants, 'read')) return own;
  const named = [
    ...grants.packages.map((name) => having('name', name)),
    ...grants.scopes.map((scope) => having('scope', scope.replace(/^@/, ''))),
  ];
  const covered: Match = { all: [own, anyOf(named, nobody)] };
  return anyOf(
    [...(anonymousRead ? [everybody] : []), ...(grants.permission === 'no-access' ? [] : [covered])],
    nobody,
  );
}

type Ranked = MatchRow & { relevance: number };

/** The rows of a page over all ranks. Lets others in between two of them. */
async function gatherPage(
  tx: Reading,
  ranks: readonly (Rank & { condition: Condition })[],
  { size, from }: SearchWish,
): Promise<Ranked[]> {
  const page: Ranked[] = [];
  let skip = from;
  for (const { condition, relevance } of ranks) {
    if (page.length >= size) break;
    const rows = await readMatches(tx, condition, { limit: size - page.length, offset: skip });
    for (const row of rows) page.push({ ...row, relevance });
    if (rows.length > 0) skip = 0;
    else if (skip > 0) skip -= await countMatches(tx, condition, skip);
    await setImmediate();
  }
  return page;
}

const listed = <T extends { package_id: string }>(rows: readonly T[]): Map<string, T[]> => {
  const lists = new Map<string, T[]>();
  for (const row of rows) lists.set(row.package_id, [...(lists.get(row.package_id) ?? []), row]);
  return lists;
};

const userOf = ({ name, email }: { name: string; email: string }): User => ({ username: name, email });

/** Completes the rows with what other tables know, and drops what the searcher may not read after all. */
async function describe(
  tx: Reading,
  rows: readonly Ranked[],
  searcher: Searcher,
  site: SearchSite,
): Promise<Found[]> {
  const shownBy = new Map(rows.map((row) => [row.package_id, JSON.parse(row.shown) as Shown]));
  const ids = [...shownBy.keys()];
  const packages = new Map((await readPackagesOf(tx, ids)).map((row) => [row.id, row]));
  const maintainers = listed(await readMaintainersOf(tx, ids));
  const publisherIds = [...new Set([...shownBy.values()].map(({ publisher }) => publisher))];
  const publishers = new Map((await readAccountsOf(tx, publisherIds)).map((row) => [row.id, row]));
  const found: Found[] = [];
  for (const { package_id: id, version, relevance } of rows) {
    const row = packages.get(id);
    const shown = shownBy.get(id);
    if (!row || !shown) continue;
    const people = maintainers.get(id) ?? [];
    const facts = { row, maintainers: new Set(people.map((person) => person.id)) };
    if (!mayRead(site.anonymousRead, searcher, facts)) continue;
    const { scope } = splitName(row.name);
    const publisher = publishers.get(shown.publisher);
    found.push({
      package: {
        name: row.name,
        ...(scope === undefined ? {} : { scope }),
        version,
        description: shown.description,
        keywords: shown.keywords,
        date: shown.date,
        links: { npm: `${site.publicUrl}/package/${row.name}`, ...shown.links },
        ...(shown.author ? { author: shown.author } : {}),
        publisher: publisher ? userOf(publisher) : { username: '', email: '' },
        maintainers: people.map(userOf),
      },
      flags: shown.flags,
      relevance,
    });
  }
  return found;
}

/**
 * Finds packages that the searcher may read, the most relevant first and among equals the newest. Without words all that
 * its qualifiers leave. Fails with `request_invalid` for a text that is too long.
 */
export async function searchPackages(
  tx: Reading,
  wish: SearchWish,
  searcher: Searcher,
  site: SearchSite,
): Promise<{ found: Found[]; total: number }> {
  const text = readSearchText(wish.text);
  const ranks = ranksOf(text);
  const visible = visibleTo(searcher, site.anonymousRead);
  const within = (match: readonly Match[], unless: readonly Match[]): Condition => ({
    match: { all: [visible, ...text.filters, ...match] },
    unless: [...unless, ...text.exclusions],
  });
  const everything = within(
    ranks.length === 0
      ? []
      : [
          anyOf(
            ranks.map(({ match }) => match),
            nobody,
          ),
        ],
    [],
  );
  const total = await countMatches(tx, everything, mostResults);
  if (wish.from >= total || wish.size === 0) return { found: [], total };
  const ordered =
    ranks.length === 0
      ? [{ relevance: 0.3, match: visible, unless: [], condition: everything }]
      : ranks.map((rank) => ({ ...rank, condition: within([rank.match], rank.unless) }));
  const rows = await gatherPage(tx, ordered, wish);
  return { found: await describe(tx, rows, searcher, site), total };
}
