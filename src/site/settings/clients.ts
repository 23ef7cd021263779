/** Browsers and programs by the name that they give themselves; never more than a hint, since anybody may send any. */

const browsers = [
  [/\bEdgA?\/|\bEdgiOS\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/\b(Chrome|CriOS|Chromium)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const;

const systems = [
  [/\b(iPhone|iPad)\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\b(Macintosh|Mac OS X)\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

const longest = 60;
const found = (names: readonly (readonly [RegExp, string])[], text: string): string | undefined =>
  names.find(([shape]) => shape.test(text))?.[1];

/** `Firefox on Linux`, `npm/11.6.0`; what is not known stands as it came, cut. */
export function browserIn(userAgent: string | null): string {
  const text = userAgent?.trim() ?? '';
  if (text === '') return 'unknown client';
  const client = /^(npm|pnpm|yarn|bun)\/\S+/i.exec(text)?.[0] ?? found(browsers, text);
  const system = client?.includes('/') ? undefined : found(systems, text);
  if (client === undefined) return text.length > longest ? `${text.slice(0, longest)}…` : text;
  return system === undefined ? client : `${client} on ${system}`;
}
