/** JSON values as they come from a client or a tarball, read without trusting their shape. */

export type JsonObject = Record<string, unknown>;

/** Whether a parsed value is an object and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object, or an empty one where the value is something else. */
export function asJsonObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The entries whose values are texts; everything else is dropped, as npm's own normalisation does. */
export function textEntries(value: unknown): Map<string, string> {
  const entries = new Map<string, string>();
  for (const [key, text] of Object.entries(asJsonObject(value))) {
    if (typeof text === 'string') entries.set(key, text);
  }
  return entries;
}

/** A text that is equal for two values exactly when they mean the same JSON, whatever the order of their keys. */
export function comparable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(comparable).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${comparable(value[key])}`);
  return `{${members.join(',')}}`;
}
