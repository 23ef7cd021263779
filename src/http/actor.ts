import type { IncomingMessage } from 'node:http';
import { findSource, type Source } from '../kernel/address.ts';
import { isWithin, parseAddress, type Range } from '../kernel/cidr.ts';
import { fail } from '../kernel/failure.ts';
import type { Instant } from '../kernel/ports.ts';
import type { Actor } from '../policy/actor.ts';
import type { Recognised } from '../tokens/recognise.ts';

/** Finds the token behind a bearer; cached for at most a second. Notes the use (address, time) in batches. */
export type Recognise = (bearer: string, use: { address: string | null; at: Instant }) => Promise<Recognised>;

/** The same of a bearer that was seen within the last second; undefined where the database must be asked. */
export type Remember = (bearer: string, at: Instant) => Recognised | undefined;

export interface ActorReader {
  /** Who asks. With `ignoring` any credential is overlooked: sign-in takes none (protocol/auth.md S10). */
  read(request: IncomingMessage, requestId: string, ignoring: boolean): Promise<Actor>;
  /** The same without asking the database; undefined where that must be. */
  readKnown(request: IncomingMessage, requestId: string): Actor | undefined;
  /** Who asks when nothing but the connection and `npm-otp` is looked at: nobody known. */
  stranger(request: IncomingMessage, requestId: string): Actor;
}

const mostSources = 1000;
const longestSource = 256;

/** One value of a header that must not be doubled; node joins or drops doubles, so the raw list is asked. */
function single(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  if (value === undefined) return null;
  let seen = 0;
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const raw = request.rawHeaders[index];
    if (raw?.length === name.length && raw.toLowerCase() === name) seen += 1;
  }
  if (seen > 1) fail('request_invalid', { reason: `The header ${name} came more than once.` });
  return Array.isArray(value) ? (value[0] ?? null) : value;
}

function parseBasic(encoded: string): Actor['claim'] {
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) fail('credential_invalid');
  return { name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Reads actors from requests: peer address, `authorization`, `npm-otp`. */
export function createActorReader(told: {
  readonly trustedProxies: readonly Range[];
  readonly now: () => Instant;
  readonly recognise: Recognise;
  readonly remember: Remember;
  /** Told once per process when an untrusted peer sends X-Forwarded-For (IP1). */
  readonly onForwardingIgnored: () => void;
}): ActorReader {
  let warned = false;
  const sources = new Map<string, Source>();

  /** The same few peers ask again and again, and reading addresses costs more than the rest of this file. */
  const sourceOf = (peer: string, forwarded: string | undefined): Source => {
    const key = forwarded === undefined ? peer : `${peer} ${forwarded}`;
    const known = sources.get(key);
    if (known) return known;
    const found = findSource(peer, forwarded, told.trustedProxies);
    if (sources.size >= mostSources) sources.clear();
    if (key.length <= longestSource) sources.set(key, found);
    return found;
  };

  const addressOf = (request: IncomingMessage): string | null => {
    const forwarded = request.headers['x-forwarded-for'];
    const source = sourceOf(
      request.socket.remoteAddress ?? '',
      Array.isArray(forwarded) ? forwarded.join(',') : forwarded,
    );
    if (source.forwardingIgnored && !warned) {
      warned = true;
      told.onForwardingIgnored();
    }
    return source.address ?? null;
  };

  const isAllowed = (address: string | null, ranges: readonly Range[] | null): boolean => {
    if (ranges === null) return true;
    const parsed = address === null ? undefined : parseAddress(address);
    return parsed !== undefined && ranges.some((range) => isWithin(parsed, range));
  };

  const strangerBehind = (request: IncomingMessage, requestId: string): Actor => ({
    credential: 'anonymous',
    account: null,
    token: null,
    session: null,
    device: null,
    dead: null,
    addressAllowed: true,
    grants: null,
    address: addressOf(request),
    userAgent: (request.headers['user-agent'] ?? '').slice(0, 256),
    requestId,
    // An empty one is none (OT4).
    code: single(request, 'npm-otp')?.trim() || null,
    claim: null,
    notice: null,
    receivedAt: told.now(),
  });

  const bearerOf = (authorization: string): string | undefined => {
    const [scheme = '', value = ''] = authorization.split(' ', 2);
    return scheme.toLowerCase() === 'bearer' && value !== '' ? value : undefined;
  };

  const holderOf = (stranger: Actor, found: Recognised): Actor =>
    found.alive
      ? {
          ...stranger,
          credential: found.kind,
          account: found.account,
          token: found.id,
          addressAllowed: isAllowed(stranger.address, found.cidr),
          grants: found.grants,
          notice: found.notice,
        }
      : { ...stranger, dead: found.why, ...(found.whose ? { deadOf: found.whose } : {}) };

  return {
    stranger: strangerBehind,
    readKnown: (request, requestId) => {
      const stranger = strangerBehind(request, requestId);
      const authorization = single(request, 'authorization');
      if (!authorization) return stranger;
      const bearer = bearerOf(authorization);
      const found = bearer === undefined ? undefined : told.remember(bearer, stranger.receivedAt);
      return found && holderOf(stranger, found);
    },
    read: async (request, requestId, ignoring) => {
      const stranger = strangerBehind(request, requestId);
      const { address, receivedAt } = stranger;
      const authorization = single(request, 'authorization');
      if (ignoring || !authorization) return stranger;
      const bearer = bearerOf(authorization);
      if (bearer !== undefined)
        return holderOf(stranger, await told.recognise(bearer, { address, at: receivedAt }));
      const [scheme = '', value = ''] = authorization.split(' ', 2);
      if (scheme.toLowerCase() === 'basic')
        return { ...stranger, credential: 'password', claim: parseBasic(value) };
      return { ...stranger, dead: 'credential_invalid' };
    },
  };
}
