/** What every answer of the website carries (requirements WE1, WE3). */

const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "object-src 'none'",
].join('; ');

/** Headers of every page; `hstsSubdomains` is the operator's setting: siblings of the host are not ours. */
export function siteHeaders(publicUrl: string, hstsSubdomains: boolean): Readonly<Record<string, string>> {
  const strict = `max-age=31536000${hstsSubdomains ? '; includeSubDomains' : ''}`;
  return {
    'content-security-policy': contentPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'publickey-credentials-get=(self), publickey-credentials-create=(self)',
    vary: 'Accept, Cookie',
    ...(publicUrl.startsWith('https:') ? { 'strict-transport-security': strict } : {}),
  };
}

/**
 * Where a page that was asked for under another host is to be read (WE6): links, cookies and security keys know one host
 * alone. Undefined where the host is right, and for what is not read.
 */
export function redirectTo(
  publicUrl: string,
  request: { readonly method?: string | undefined; readonly headers: { readonly host?: string | undefined } },
  path: string,
): string | undefined {
  if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
  if (request.headers.host === undefined || request.headers.host === new URL(publicUrl).host)
    return undefined;
  return `${publicUrl}${path}`;
}
