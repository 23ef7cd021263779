/** What somebody asks for: words and npm's qualifiers (protocol/packages.md §6, npm's REGISTRY-API.md). */
import { fail } from '../kernel/failure.ts';
import { having, joined, type Match, type Reach, wordAt, wordsOf } from './search-words.ts';

/** A text of a search, read. */
export interface SearchText {
  /** Every one of these must be found. */
  words: string[];
  /** Of the words as they were written, for a name that equals them; undefined where that shall not count. */
  exact: string | undefined;
  filters: Match[];
  exclusions: Match[];
}

const longestText = 512;
const mostParts = 24;
const mostWords = 12;

const flags = ['unstable', 'deprecated', 'insecure'];

const oneOf = (matches: readonly Match[]): Match | undefined => {
  const [first, ...rest] = matches;
  return first && (rest.length === 0 ? first : { any: [first, ...rest] });
};

const bothOf = (matches: readonly Match[]): Match | undefined => {
  const [first, ...rest] = matches;
  return first && (rest.length === 0 ? first : { all: [first, ...rest] });
};

const pieces = (value: string, separator: string): string[] =>
  value
    .split(separator)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');

const present = (match: Match | undefined): match is Match => match !== undefined;

/** `foo,bar+baz,-quux`: foo, or both bar and baz, but never quux. */
function readKeywords(value: string): Pick<SearchText, 'filters' | 'exclusions'> {
  const wanted: Match[] = [];
  const exclusions: Match[] = [];
  for (const piece of pieces(value, ',')) {
    const isExcluded = piece.startsWith('-');
    const both = bothOf(
      pieces(isExcluded ? piece.slice(1) : piece, '+').map((one) => having('keyword', one)),
    );
    if (both) (isExcluded ? exclusions : wanted).push(both);
  }
  return { filters: [oneOf(wanted)].filter(present), exclusions };
}

/** What a qualifier asks for; undefined where it is none that we know, so that it is words like any other. */
function readQualifier(name: string, value: string): Pick<SearchText, 'filters' | 'exclusions'> | undefined {
  switch (name) {
    case 'author':
    case 'maintainer':
    case 'scope': {
      const values = pieces(value, ',').map((one) => (name === 'scope' ? one.replace(/^@/, '') : one));
      return { filters: [oneOf(values.map((one) => having(name, one)))].filter(present), exclusions: [] };
    }
    case 'keywords':
      return readKeywords(value);
    case 'is':
    case 'not': {
      const named = pieces(value, ',');
      if (named.length === 0 || !named.every((flag) => flags.includes(flag))) return undefined;
      const matches = named.map((flag) => having('is', flag));
      return name === 'is' ? { filters: matches, exclusions: [] } : { filters: [], exclusions: matches };
    }
    default:
      return undefined;
  }
}

const unquoted = (text: string): string => text.replaceAll('"', '');

const refuse = (reason: string): never => fail('request_invalid', { reason });

/**
 * Reads the text of a search. `-` before a word or a qualifier leaves out what matches it; unknown qualifiers are words.
 * Fails with `request_invalid` for a text that is longer than anybody types.
 */
export function readSearchText(text: string): SearchText {
  if (text.length > longestText) refuse(`A search has at most ${longestText} characters.`);
  const parts = text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? [];
  if (parts.length > mostParts) refuse(`A search has at most ${mostParts} words and qualifiers.`);
  const read: SearchText = { words: [], exact: undefined, filters: [], exclusions: [] };
  const written: string[] = [];
  let boosts = true;
  for (const part of parts) {
    const isExcluded = part.startsWith('-') && part.length > 1;
    const plain = isExcluded ? part.slice(1) : part;
    const [, name = '', value = ''] = /^([a-z-]+):(.+)$/s.exec(plain) ?? [];
    if (name === 'boost-exact' && (value === 'false' || value === 'true')) {
      boosts = value === 'true';
      continue;
    }
    const qualifier = name === '' ? undefined : readQualifier(name, unquoted(value));
    if (qualifier) {
      const [included, excluded] = [qualifier.filters, qualifier.exclusions];
      read.filters.push(...(isExcluded ? excluded : included));
      read.exclusions.push(...(isExcluded ? included : excluded));
      continue;
    }
    const words = wordsOf(plain);
    if (isExcluded) {
      const both = bothOf(words.map((word) => wordAt('anywhere', word, false)));
      if (both) read.exclusions.push(both);
      continue;
    }
    read.words.push(...words);
    written.push(unquoted(plain));
  }
  read.words = [...new Set(read.words)];
  if (read.words.length > mostWords) refuse(`A search has at most ${mostWords} words.`);
  if (boosts && read.words.length > 0) read.exact = written.join(' ');
  return read;
}

/** One rank of results: whatever matches here comes before whatever matches only in a later one. */
export interface Rank {
  /** Between 0 and 1. */
  relevance: number;
  match: Match;
  /** Earlier ranks whose packages must not come twice. */
  unless: Match[];
}

/** How a text without words ranks what its qualifiers leave: all alike. */
export const wordless = 0.3;

/** All that matches the words, and how well, best first: the name itself, words of it, then keywords, then the description. */
export function ranksOf({ words, exact }: SearchText): { ranks: Rank[]; anywhere: Match } | undefined {
  const each = (reach: Reach, beginning: boolean): Match | undefined =>
    bothOf(words.map((word) => wordAt(reach, word, beginning && word.length > 1)));
  const inName = each('name', false);
  const beginsName = each('name', true);
  const inKeywords = each('keywords', true);
  const anywhere = each('anywhere', true);
  if (!inName || !beginsName || !inKeywords || !anywhere) return undefined;
  const ranks = (spelled: Match[]): Rank[] => [
    { relevance: 0.8, match: inName, unless: spelled },
    { relevance: 0.7, match: beginsName, unless: [...spelled, inName] },
    { relevance: 0.5, match: inKeywords, unless: [...spelled, beginsName] },
    { relevance: 0.3, match: anywhere, unless: [...spelled, inKeywords] },
  ];
  if (exact === undefined) return { ranks: ranks([]), anywhere };
  const isName = having('name', exact);
  const isJoined = having('joined', joined(exact));
  const spelled: Rank[] = [
    { relevance: 1, match: isName, unless: [] },
    { relevance: 0.95, match: isJoined, unless: [isName] },
  ];
  return { ranks: [...spelled, ...ranks([isJoined])], anywhere: { any: [isJoined, anywhere] } };
}
