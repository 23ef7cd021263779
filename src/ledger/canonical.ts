/** What canonical JSON can hold here: no fractions, no dates, nothing undefined. */
export type Canonical =
  | string
  | number
  | boolean
  | null
  | readonly Canonical[]
  | { readonly [key: string]: Canonical };

const isList = (value: Canonical): value is readonly Canonical[] => Array.isArray(value);

/**
 * The one JSON text of a value: keys sorted by UTF-16 code units, no spaces, numbers and strings as ECMAScript writes
 * them (RFC 8785). Two equal values have the same bytes, so that a hash over them means something.
 */
export function canonicalJson(value: Canonical): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new TypeError('only whole numbers have a canonical form here');
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}
