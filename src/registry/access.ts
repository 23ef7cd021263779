/** Visibility, the package's own rule on second factors, and who may write (protocol/auth.md §8.1, packages.md §5.5). */
import { z } from 'zod';
import { type Route, reading, route } from '../http/route.ts';
import { setAccess } from '../packages/curate.ts';
import { listWriters, readAccess, readProvenanceOf } from '../packages/inspect.ts';
import type { Library } from '../packages/library.ts';
import { nameIn, targetOf } from './package-parts.ts';

const accessBody = z
  .strictObject({
    access: z.enum(['public', 'restricted']).optional(),
    publish_requires_tfa: z.boolean().optional(),
    automation_token_overrides_tfa: z.boolean().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'nothing to change');

const headers = { 'cache-control': 'private, no-cache' };

/** Splits `NAME@VERSION`. */
function splitSpecifier(text: string): { name: string; version: string } {
  const at = text.lastIndexOf('@');
  return { name: text.slice(0, Math.max(at, 0)), version: text.slice(at + 1) };
}

function attestationRoute(
  path: string,
  specifierOf: (params: Readonly<Record<string, string>>) => string,
): Route {
  return reading({
    action: 'package.read',
    path,
    target: ({ params }) => ({ on: 'package', name: splitSpecifier(specifierOf(params)).name }),
    read: async (tx, { params }) => {
      const { name, version } = splitSpecifier(specifierOf(params));
      return { headers, body: { attestations: [await readProvenanceOf(tx, name, version)] } };
    },
  });
}

/** `GET …/visibility`, `GET|POST …/access`, `GET …/collaborators`, `GET /-/npm/v1/attestations/P@V`. */
export function accessRoutes({ library }: { library: Library }): Route[] {
  return [
    reading({
      action: 'package.read',
      path: '/-/package/:package/visibility',
      target: targetOf,
      read: async (tx, asked) => {
        const { visibility } = await readAccess(tx, nameIn(asked));
        return { headers, body: { public: visibility === 'public' } };
      },
    }),
    reading({
      action: 'package.read',
      path: '/-/package/:package/access',
      target: targetOf,
      read: async (tx, asked) => {
        const access = await readAccess(tx, nameIn(asked));
        return {
          headers,
          body: {
            access: access.visibility,
            publish_requires_tfa: access.requiresSecondFactor,
            automation_token_overrides_tfa: access.bypassAllowed,
          },
        };
      },
    }),
    route({
      action: 'package.access',
      method: 'POST',
      path: '/-/package/:package/access',
      input: accessBody,
      target: targetOf,
      run: (tx, permit, { body }) =>
        setAccess(
          tx,
          permit,
          {
            visibility: body.access,
            requiresSecondFactor: body.publish_requires_tfa,
            bypassAllowed: body.automation_token_overrides_tfa,
          },
          library.forget,
        ),
      reply: () => ({ body: { ok: true } }),
    }),
    reading({
      action: 'package.read',
      path: '/-/package/:package/collaborators',
      target: targetOf,
      read: async (tx, asked) => {
        const wanted = asked.query.user;
        const names = (await listWriters(tx, nameIn(asked))).filter(
          (name) => wanted === undefined || name === wanted,
        );
        return { headers, body: Object.fromEntries(names.map((name) => [name, 'read-write'])) };
      },
    }),
    attestationRoute('/-/npm/v1/attestations/:specifier', ({ specifier = '' }) => specifier),
    attestationRoute(
      '/-/npm/v1/attestations/:scope/:rest',
      ({ scope = '', rest = '' }) => `${scope}/${rest}`,
    ),
  ];
}
