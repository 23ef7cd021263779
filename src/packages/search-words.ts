/**
 * What search compares: words of letters and digits, and facets. Both are made here, so that the databases, whose own
 * ways to split and fold text differ, only ever store and compare what they are given.
 */
import { hash } from 'node:crypto';
import { splitName } from './names.ts';

/** Where a word stands; `facets` are never words that somebody wrote. */
export type Field = 'name' | 'keywords' | 'description' | 'facets';

/** What matches: a whole word (or its beginning) in any of some fields, or several of these together. */
export type Match =
  | { readonly word: string; readonly beginning: boolean; readonly fields: readonly Field[] }
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

/** A text's words, and all of them as one; none where it has none, as a sign that is no letter. */
export function wordsAndWhole(text: string, whole = text): string[] {
  return [...wordsOf(text), joined(whole)].filter((word) => word !== '');
}

/** The words by which a package is found by its name: its parts, and its own name as one. */
export function wordsOfName(name: string): string[] {
  return wordsAndWhole(name, splitName(name).bare);
}

type FacetKind = 'seen' | 'name' | 'joined' | 'author' | 'maintainer' | 'keyword' | 'scope' | 'is';

/** A property of a package as one word. Hashed: values may be of any length and hold anything. */
export function facetOf(kind: FacetKind, value: string): string {
  return `f${hash('sha256', `${kind}:${folded(value.trim())}`).slice(0, 24)}`;
}

/** Who may see a package, as values of the facet `seen`. */
export const seenBy = {
  everybody: 'everybody',
  account: (id: string): string => `account ${id}`,
  scope: (name: string): string => `scope ${name}`,
};

/** A package has this facet. */
export function having(kind: FacetKind, value: string): Match {
  return { word: facetOf(kind, value), beginning: false, fields: ['facets'] };
}
