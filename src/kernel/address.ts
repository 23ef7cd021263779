/** Where a request comes from (IP1, IP2). */
import {
  type Address,
  formatAddress,
  formatRange,
  isWithin,
  parseAddress,
  type Range,
  rangeOf,
} from './cidr.ts';

/** The client's address as normalised text, or undefined where it is unknown: then the strictest limits hold. */
export interface Source {
  readonly address: string | undefined;
  /** A stranger sent X-Forwarded-For: it was ignored, and an operator who runs a proxy wants to know. */
  readonly forwardingIgnored: boolean;
}

/**
 * Finds the client behind the trusted proxies. The socket's peer counts, unless it is trusted: then X-Forwarded-For
 * (all its lines joined by commas) is walked from the right, and the first hop that is not trusted is the client.
 * A hop that is missing or cannot be read makes the address unknown; what stands left of the client is its own word.
 */
export function findSource(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: readonly Range[],
): Source {
  const isTrusted = (address: Address): boolean => trusted.some((range) => isWithin(address, range));
  const direct = peer === undefined ? undefined : parseAddress(peer);
  const known = (address: Address | undefined): string | undefined => address && formatAddress(address);
  if (!direct || !isTrusted(direct)) {
    return { address: known(direct), forwardingIgnored: forwardedFor !== undefined };
  }
  const hops = forwardedFor?.split(',').reverse() ?? [];
  for (const hop of hops) {
    const address = parseAddress(hop.trim());
    if (!address || !isTrusted(address)) return { address: known(address), forwardingIgnored: false };
  }
  return { address: undefined, forwardingIgnored: false };
}

/** Whether the address is this machine itself. */
export const isLoopback = (address: string): boolean => /^127\./.test(address);

/** How many leading bits make a network: a household or office (24 and 56), or one customer (32 and 64: RL6). */
export const networks = { site: { 4: 24, 6: 56 }, customer: { 4: 32, 6: 64 } } as const;

/** The network around an address, e.g. `198.51.100.0/24`; `unknown` where the address is. */
export function networkOf(address: string | undefined, size: keyof typeof networks): string {
  const parsed = address === undefined ? undefined : parseAddress(address);
  return parsed ? formatRange(rangeOf(parsed, networks[size][parsed.family])) : 'unknown';
}
