/** Everything that has no ink but changes what people see: controls, line and paragraph separators, bidi marks. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

const asEscape = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

const cut = (text: string, limit: number): string => {
  if (text.length <= limit) return text;
  // Half a surrogate pair is no text; `toWellFormed` would put a mark in its place.
  return text.slice(0, limit).replace(/[\ud800-\udbff]$/, '');
};

/** A foreign text made visible for a log: invisible characters as `\u{…}`, at most `limit` UTF-16 units. */
export function escapeText(text: string, limit = 256): string {
  return cut(cut(text, limit).toWellFormed().replace(invisible, asEscape), limit);
}

/** A foreign text as one line of a mail: invisible characters become spaces, runs of spaces one. */
export function asOneLine(text: string, limit = 998): string {
  return cut(text.toWellFormed().replace(invisible, ' ').replace(/\s+/g, ' ').trim(), limit);
}
