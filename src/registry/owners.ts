/** Maintainers at pnpm 12's own end points (protocol/packages.md §5.3, protocol/auth.md §8.4). */
import { z } from 'zod';
import { type Route, reading, route } from '../http/route.ts';
import { listCollaborators } from '../packages/inspect.ts';
import type { Library } from '../packages/library.ts';
import { addOwner, removeOwner } from '../packages/owners.ts';
import { nameIn, targetOf } from './package-parts.ts';

const path = '/-/package/:package/owners';
const userBody = z.looseObject({ user: z.string().min(1) });

/** `GET|PUT|DELETE …/owners`, `DELETE …/owners/USER`. */
export function ownerRoutes({ library }: { library: Library }): Route[] {
  const { forget } = library;
  const shape = { target: targetOf, reply: () => ({ body: { ok: true, success: true } }) };
  return [
    reading({
      action: 'package.read',
      path,
      target: targetOf,
      read: async (tx, asked) => ({
        headers: { 'cache-control': 'private, no-cache' },
        body: (await listCollaborators(tx, nameIn(asked)))
          .filter(({ right }) => right === 'write')
          .map(({ name, email }) => ({ username: name, email })),
      }),
    }),
    route({
      ...shape,
      action: 'package.owners',
      method: 'PUT',
      path,
      input: userBody,
      run: (tx, permit, { body }) => addOwner(tx, permit, body.user, forget),
    }),
    route({
      ...shape,
      action: 'package.owners',
      method: 'DELETE',
      path,
      input: userBody,
      run: (tx, permit, { body }) => removeOwner(tx, permit, body.user, forget),
    }),
    route({
      ...shape,
      action: 'package.owners',
      method: 'DELETE',
      path: `${path}/:user`,
      run: (tx, permit, { params }) => removeOwner(tx, permit, params.user ?? '', forget),
    }),
  ];
}
