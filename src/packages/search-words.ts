/**
 * What search compares: words of letters and digits, and facets. Both are made here, so that the databases, whose own
 * ways to split and fold text differ, only ever store and compare what they are given.
 */
import { hash } from 'node:crypto';
import { splitName } from './names.ts';

/** Where a word counts: in the name; there or among the keywords; or anywhere, the description too. */
export type Reach = 'name' | 'keywords' | 'anywhere';

/** A word of the index begins with a letter for its reach, so that one look finds it there and nowhere else. */
const marks: Record<Reach, string> = { name: 'n', keywords: 'k', anywhere: 'a' };

/** What matches: a word of the index, whole or its beginning, or several of these together. */
export type Match =
  | { readonly word: string; readonly beginning: boolean }
  | { readonly all: readonly [Match, ...Match[]] }
  | { readonly any: readonly [Match, ...Match[]] };

/** One match, less others. */
export interface Condition {
  readonly match: Match;
  readonly unless: readonly Match[];
}

const folded = (text: string): string =>
  text.normalize('NFKD').toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');

/** The words of a text in their order: lower case, without accents; a very long one counts as several. */
export function wordsOf(text: string): string[] {
  return folded(text).match(/[\p{L}\p{N}]{1,64}/gu) ?? [];
}

/** The words in one: `left-pad`, `left pad` and `leftpad` are the same. */
export function joined(text: string): string {
  return wordsOf(text).join('');
}

/** A word as it is looked for. */
export function wordAt(reach: Reach, word: string, beginning: boolean): Match {
  return { word: marks[reach] + word, beginning };
}

type FacetKind = 'seen' | 'name' | 'joined' | 'author' | 'maintainer' | 'keyword' | 'scope' | 'is';

/** A property of a package as one word. Hashed: values may be of any length and hold anything. */
export function facetOf(kind: FacetKind, value: string): string {
  return `f${hash('sha256', `${kind}:${folded(value.trim())}`).slice(0, 24)}`;
}

/** A package has this facet. */
export function having(kind: FacetKind, value: string): Match {
  return { word: facetOf(kind, value), beginning: false };
}

/** Who may see a package, as values of the facet `seen`. */
export const seenBy = {
  everybody: 'everybody',
  account: (id: string): string => `account ${id}`,
  scope: (name: string): string => `scope ${name}`,
};

/** What a package is found by. */
export interface Findable {
  readonly name: string;
  readonly keywords: readonly string[];
  readonly description: string;
  readonly facets: readonly string[];
}

/** Every word of the index for a package, each once. A name and a keyword count as a whole, too. */
export function indexWords({ name, keywords, description, facets }: Findable): string[] {
  const inName = [...wordsOf(name), joined(splitName(name).bare)];
  const inKeywords = [...inName, ...keywords.flatMap((keyword) => [...wordsOf(keyword), joined(keyword)])];
  const lists: Record<Reach, string[]> = {
    name: inName,
    keywords: inKeywords,
    anywhere: [...inKeywords, ...wordsOf(description)],
  };
  // A keyword that is a mere sign has no words and is no word.
  const marked = (Object.keys(lists) as Reach[]).flatMap((reach) =>
    lists[reach].filter((word) => word !== '').map((word) => marks[reach] + word),
  );
  return [...new Set([...marked, ...facets])];
}
