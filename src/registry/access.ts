/** Who may read and write a package, and with how many factors (protocol/auth.md §8.1, packages.md §5.5). */
import { z } from 'zod';
import { type Asked, actOf, choice, type Route, reading } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { setFactorRule, setVisibility } from '../packages/curate.ts';
import { type Collaborator, listCollaborators, type Right, readAccess } from '../packages/inspect.ts';
import type { Library } from '../packages/library.ts';
import { listPackagesOf } from '../packages/lists.ts';
import { isPnpm, nameIn, type PackageParts, targetOf } from './package-parts.ts';

const factorFlags = ['publish_requires_tfa', 'automation_token_overrides_tfa'] as const;

const accessBody = z
  .strictObject({
    access: z.enum(['public', 'restricted']).optional(),
    publish_requires_tfa: z.boolean().optional(),
    automation_token_overrides_tfa: z.boolean().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'nothing to change')
  .refine(
    (body) => body.access === undefined || factorFlags.every((name) => body[name] === undefined),
    'who may read a package and its second factor are changed one at a time',
  );
type AccessBody = z.infer<typeof accessBody>;

const headers = { 'cache-control': 'private, no-cache' };
/** The long form: pnpm prints it as it comes, npm translates the short one to it. */
const permissions: Record<Right, string> = { read: 'read-only', write: 'read-write' };

function settingRoute({ forget }: Library): Route {
  const shape = { target: targetOf, reply: () => ({ body: { ok: true } }) };
  return choice({
    method: 'POST',
    path: '/-/package/:package/access',
    input: accessBody,
    first: { action: 'package.access', target: targetOf },
    pick: ({ access }) => (access === undefined ? 'package.require2fa' : 'package.access'),
    oneOf: {
      'package.access': actOf<'package.access', AccessBody, undefined, string>('package.access', {
        ...shape,
        run: (tx, permit, { body }) => setVisibility(tx, permit, body.access ?? 'public', forget),
      }),
      'package.require2fa': actOf<'package.require2fa', AccessBody, undefined, string>('package.require2fa', {
        ...shape,
        run: (tx, permit, { body }) => {
          const {
            publish_requires_tfa: requiresSecondFactor,
            automation_token_overrides_tfa: bypassAllowed,
          } = body;
          return setFactorRule(tx, permit, { requiresSecondFactor, bypassAllowed }, forget);
        },
      }),
    },
  });
}

/** Pnpm wants a list where npm reads a map. */
function showCollaborators(asked: Asked, people: readonly Collaborator[]): unknown {
  if (!isPnpm(asked)) return Object.fromEntries(people.map(({ name, right }) => [name, permissions[right]]));
  return people.map(({ name, email, right }) => ({ username: name, email, permissions: permissions[right] }));
}

/** `npm access grant|revoke`. */
function teamRoute(method: 'PUT' | 'DELETE'): Route {
  return choice<undefined, 'site.read'>({
    method,
    path: '/-/team/:scope/:team/package',
    pick: () =>
      fail('not_allowed', {
        reason: 'There are no teams here yet: give people rights one by one (npm owner add).',
      }),
    oneOf: {
      // Nothing is done here, whoever asks.
      'site.read': actOf('site.read', {
        target: () => ({ on: 'site' }),
        run: async () => fail('package_not_found'),
        reply: () => ({}),
      }),
    },
  });
}

/** `GET …/visibility`, `GET|POST …/access`, `GET …/collaborators`, `GET /-/user/USER/package`, and what needs teams. */
export function accessRoutes({ library, anonymousRead }: PackageParts): Route[] {
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
    settingRoute(library),
    reading({
      action: 'package.read',
      path: '/-/package/:package/collaborators',
      target: targetOf,
      read: async (tx, asked) => {
        const wanted = asked.query.user;
        const people = (await listCollaborators(tx, nameIn(asked))).filter(
          ({ name }) => wanted === undefined || name === wanted,
        );
        return { headers: { ...headers, vary: 'user-agent' }, body: showCollaborators(asked, people) };
      },
    }),
    reading({
      action: 'account.packages',
      path: '/-/user/:id/package',
      target: ({ params }) => ({ on: 'account', name: params.id ?? '' }),
      read: async (tx, { params, actor }) => {
        const rights = await listPackagesOf(tx, params.id ?? '', { actor, anonymousRead });
        const body = Object.fromEntries([...rights].map(([name, right]) => [name, permissions[right]]));
        return { headers, body };
      },
    }),
    teamRoute('PUT'),
    teamRoute('DELETE'),
  ];
}
