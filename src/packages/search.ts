/** Searching: the index says what could be shown, the packages themselves what may be. */
import { setImmediate } from 'node:timers/promises';
import type { Actor } from '../policy/actor.ts';
import { coversSite } from '../policy/grants.ts';
import type { Reading } from '../store/store.ts';
import { mayRead } from './facts.ts';
import { splitName } from './names.ts';
import { countMatches, type MatchRow, readAccountsOf, readMaintainersOf, readMatches } from './search.sql.ts';
import type { Shown } from './search-index.ts';
import { ranksOf, readSearchText, wordless } from './search-text.ts';
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
interface Person {
  id: string;
  name: string;
  email: string;
}

/** `wanted` rows after the first `from` over all ranks. Lets others in between two of them. */
async function gatherPage(
  tx: Reading,
  ranks: readonly { relevance: number; condition: Condition }[],
  { wanted, from }: { wanted: number; from: number },
): Promise<Ranked[]> {
  const page: Ranked[] = [];
  let skip = from;
  for (const { condition, relevance } of ranks) {
    const rows = await readMatches(tx, condition, { limit: wanted - page.length, offset: skip });
    for (const row of rows) page.push({ ...row, relevance });
    if (page.length >= wanted) break;
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
  const maintainers = listed(
    await readMaintainersOf(
      tx,
      rows.map(({ id }) => id),
    ),
  );
  const shown = rows.map((row) => JSON.parse(row.shown) as Shown);
  const people = new Map<string, Person>(
    [...maintainers.values()].flat().map((person) => [person.id, person]),
  );
  const others = [...new Set(shown.map(({ publisher }) => publisher))].filter((id) => !people.has(id));
  for (const person of await readAccountsOf(tx, others)) people.set(person.id, person);
  return rows.flatMap((row, index): Found[] => {
    const told = shown[index];
    const own = maintainers.get(row.id) ?? [];
    const facts = { row, maintainers: new Set(own.map(({ id }) => id)) };
    if (!told || !mayRead(site.anonymousRead, searcher, facts)) return [];
    const publisher = people.get(told.publisher);
    const { scope } = splitName(row.name);
    const described: FoundPackage = {
      name: row.name,
      ...(scope === undefined ? {} : { scope }),
      version: row.version,
      description: told.description,
      keywords: told.keywords,
      date: told.date,
      links: { npm: `${site.publicUrl}/package/${row.name}`, ...told.links },
      ...(told.author ? { author: told.author } : {}),
      publisher: publisher ? userOf(publisher) : { username: '', email: '' },
      maintainers: own.map(userOf),
    };
    return [{ package: described, flags: told.flags, relevance: row.relevance }];
  });
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
  const ranked = ranksOf(text);
  const visible = visibleTo(searcher, site.anonymousRead);
  const within = (match: readonly Match[], unless: readonly Match[]): Condition => ({
    match: { all: [visible, ...text.filters, ...match] },
    unless: [...unless, ...text.exclusions],
  });
  const everything = within(ranked ? [ranked.anywhere] : [], []);
  const total = await countMatches(tx, everything, mostResults);
  const wanted = Math.min(wish.size, total - wish.from);
  if (wanted <= 0) return { found: [], total };
  const ranks = ranked
    ? ranked.ranks.map(({ relevance, match, unless }) => ({ relevance, condition: within([match], unless) }))
    : [{ relevance: wordless, condition: everything }];
  const rows = await gatherPage(tx, ranks, { wanted, from: wish.from });
  return { found: await describe(tx, rows, searcher, site), total };
}
