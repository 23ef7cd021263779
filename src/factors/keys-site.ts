/** What browsers and security keys are told of this site: from the operator's settings alone, never from a request (WA1). */

/** The relying party of WebAuthn Level 3 §4. */
export interface KeySite {
  /** The host name that keys are bound to. */
  readonly id: string;
  /** The one origin that may use them: scheme, host and port. */
  readonly origin: string;
  /** What people read in the browser's window. */
  readonly name: string;
}

const isAddress = (host: string): boolean => host.startsWith('[') || /^\d+(\.\d+){3}$/.test(host);
const isLocal = (host: string): boolean => host === 'localhost' || host.endsWith('.localhost');

/**
 * The site as keys know it, or null where browsers offer no security keys: a public URL without https (`localhost`
 * excepted), or with an address in place of a name.
 */
export function keySiteOf(publicUrl: string, name: string): KeySite | null {
  const { protocol, hostname, origin } = new URL(publicUrl);
  if (isAddress(hostname) || (protocol !== 'https:' && !isLocal(hostname))) return null;
  return { id: hostname, origin, name };
}
