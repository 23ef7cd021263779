/** Cookies (RFC 6265): the few that the website sets, and reading them back. */

/** The cookies of the website. Over plain http their names have no prefix, which browsers would refuse there (SE1). */
export const cookieNames = {
  session: 'ts_session',
  halfway: 'ts_pre',
  device: 'ts_device',
  waiting: 'ts_wait',
  form: 'ts_form',
} as const;
export type CookieName = keyof typeof cookieNames;

/** A cookie to set; without a value it is removed. */
export interface CookieWish {
  readonly name: CookieName;
  readonly value: string | null;
  /** Milliseconds; as long as the browser runs when left out. */
  readonly life?: number;
}

const nameOf = (name: CookieName, secure: boolean): string =>
  `${secure ? '__Host-' : ''}${cookieNames[name]}`;

/** Spells a `set-cookie` header. Values are base64url. */
export function spellCookie({ name, value, life }: CookieWish, secure: boolean): string {
  const parts = [`${nameOf(name, secure)}=${value ?? ''}`, 'Path=/', 'HttpOnly', 'SameSite=Lax'];
  if (secure) parts.push('Secure');
  if (value === null) parts.push('Max-Age=0');
  else if (life !== undefined) parts.push(`Max-Age=${Math.floor(life / 1000)}`);
  return parts.join('; ');
}

const valueShape = /^[A-Za-z0-9_-]{43}$/;

/** The value of one of our cookies in a `cookie` header; null where it is absent, doubled or not of our making. */
export function readCookie(header: string | undefined, name: CookieName, secure: boolean): string | null {
  const start = `${nameOf(name, secure)}=`;
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length));
  const [value = ''] = values;
  return values.length === 1 && valueShape.test(value) ? value : null;
}
