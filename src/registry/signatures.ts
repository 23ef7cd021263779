/** The keys that clients verify the registry's signatures with (protocol/packages.md §9.1). */
import { createHash } from 'node:crypto';
import { type Route, reading } from '../http/route.ts';
import { listPublicKeys } from '../packages/signing.ts';
import { isHeld } from './package-parts.ts';

const kind = 'ecdsa-sha2-nistp256';

/** `GET /-/npm/v1/keys`. Never served stale: a list without the newest key stops `npm audit signatures` altogether. */
export const signatureRoutes: readonly Route[] = [
  reading({
    action: 'site.read',
    path: '/-/npm/v1/keys',
    target: () => ({ on: 'site' }),
    read: async (tx, asked) => {
      const keys = (await listPublicKeys(tx)).map(({ id, key, expiresAt }) => ({
        expires: expiresAt === null ? null : new Date(expiresAt).toISOString(),
        keyid: id,
        keytype: kind,
        scheme: kind,
        key,
      }));
      const etag = `"${createHash('sha256').update(JSON.stringify(keys)).digest('base64url').slice(0, 22)}"`;
      const headers = { etag, 'cache-control': 'public, no-cache' };
      return isHeld(asked, etag) ? { status: 304, headers } : { headers, body: { keys } };
    },
  }),
];
