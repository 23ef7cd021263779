/** For every route and action the request that would be done if only it were allowed. */
import { replacePending } from '../../src/factors/factors.sql.ts';
import type { Route } from '../../src/http/route.ts';
import { revisionOf } from '../../src/packages/revision.ts';
import type { Action } from '../../src/policy/policy.ts';
import { goodPassword } from '../accounts/acting.ts';
import { couchBody } from '../accounts/wire.ts';
import type { TestApp } from '../support/app.ts';
import { documentOf } from '../support/document.ts';
import { codeNow, mintFor, type Player } from './sweep-actors.ts';
import { nextNumber, type Place } from './sweep-targets.ts';

/** What a request is made of beside its method and credential. */
export interface Plan {
  readonly params?: Record<string, string>;
  readonly body?: unknown;
}

export interface Scene {
  readonly world: TestApp;
  readonly player: Player;
  /** The package that is acted on; of other actions any. */
  readonly name: string;
  readonly route: Pick<Route, 'method' | 'path'>;
}

const user = ({ player }: Scene) => `org.couchdb.user:${player.person.name}`;

const keyOfMine = async ({ world, player }: Scene): Promise<Plan> => ({
  params: { token: (await mintFor(world, player.person)).key },
});
const tokenOfMine = async ({ world, player }: Scene): Promise<Plan> => ({
  params: { token: (await mintFor(world, player.person)).token },
});

/** The package's present `_rev`; any where there is none. */
async function revision({ world, name }: Scene): Promise<string> {
  const row = await world.app.store.read((tx) =>
    tx.sql.selectFrom('packages').select(['id', 'revision']).where('name', '=', name).executeTakeFirst(),
  );
  return row === undefined ? '1-0' : revisionOf(row);
}

/** A set-up that waits for its first code, begun by the credential that will finish it. */
async function waitingSetUp({ world, player }: Scene): Promise<Plan> {
  await world.app.store.write(async (tx) => {
    const token = await tx.sql
      .selectFrom('tokens')
      .select('id')
      .where('account_id', '=', player.person.id)
      .orderBy('created_at')
      .executeTakeFirst();
    const id = `pending-${nextNumber()}`;
    await replacePending(tx, {
      account_id: player.person.id,
      id,
      secret: tx.vault.seal(Buffer.from('a secret for all of them'), [
        'pending_factors',
        player.person.id,
        id,
      ]),
      mode: 'auth-only',
      credential: player.credential === 'password' ? 'password' : (token?.id ?? 'password'),
      until: tx.now + 600_000,
    });
  });
  return { body: { tfa: [codeNow(world)] } };
}

/** Pnpm names one person, npm sends the list as it shall be. */
async function changeOwners(scene: Scene): Promise<Plan> {
  if (!scene.route.path.includes('/-rev/')) return { params: { user: 'founder' }, body: { user: 'founder' } };
  const { world, name } = scene;
  const people = await world.app.store.read((tx) =>
    tx.sql
      .selectFrom('maintainers')
      .innerJoin('accounts', 'accounts.id', 'maintainers.account_id')
      .innerJoin('packages', 'packages.id', 'maintainers.package_id')
      .select(['accounts.name', 'accounts.email'])
      .where('packages.name', '=', name)
      .execute(),
  );
  const maintainers = people.filter((person) => person.name !== 'founder');
  return { params: { revision: await revision(scene) }, body: { _id: name, maintainers } };
}

const fileOf = (name: string, version: string): string => `${name.replace(/^.*\//, '')}-${version}.tgz`;
const changing = (body: object) => async (): Promise<Plan> => ({ body });

/** Bodies and targets of what changes something, by action. What only reads needs none. */
const plans: Partial<Record<Action, (scene: Scene) => Promise<Plan>>> = {
  'account.login': async (scene) => ({
    params: { id: user(scene) },
    body: couchBody(scene.player.person.name),
  }),
  'account.create': async () => {
    const name = `newcomer-${nextNumber()}`;
    return {
      params: { id: `org.couchdb.user:${name}` },
      body: couchBody(name, goodPassword, `${name}@example.com`),
    };
  },
  'handoff.start': changing({}),
  'account.update': changing({ fullname: 'Somebody' }),
  'account.password': changing({ password: { old: goodPassword, new: goodPassword } }),
  'factor.enable': changing({ tfa: { password: goodPassword, mode: 'auth-only' } }),
  'factor.confirm': waitingSetUp,
  'factor.disable': changing({ tfa: { password: goodPassword, mode: 'disable' } }),
  'token.create': changing({ password: goodPassword }),
  'token.revoke': keyOfMine,
  'token.revokeHeld': tokenOfMine,
  'package.publish': async ({ name }) => ({ body: documentOf({ name, version: `2.0.${nextNumber()}` }) }),
  'package.deprecate': async ({ name }) => ({
    body: { _id: name, name, versions: { '1.0.0': { deprecated: `old ${nextNumber()}` } } },
  }),
  'package.unpublish': async (scene) => ({
    params: { revision: await revision(scene) },
    body: { _id: scene.name, name: scene.name, versions: {} },
  }),
  'package.unpublishTail': async ({ name }) => ({ params: { file: fileOf(name, '0.9.0') } }),
  'package.tag': async () => ({ params: { tag: 'beta' }, body: '1.0.0' }),
  'package.tagLatest': async () => ({ params: { tag: 'latest' }, body: '1.0.0' }),
  'package.access': changing({ access: 'public' }),
  'package.require2fa': changing({ publish_requires_tfa: true }),
  'package.owners': changeOwners,
  'package.star': async (scene) => ({
    params: { revision: await revision(scene) },
    body: { _id: scene.name, users: { [scene.player.person.name]: true } },
  }),
  'site.audit': changing({}),
  'site.read': changing({}),
  'site.downloads': async () => ({ params: { package: 'ours,theirs' } }),
};

/** Whether the route can name the package at all. */
export const canName = ({ path }: Pick<Route, 'path'>, { name }: Place): boolean =>
  !path.includes(':scope') || name.startsWith('@');

function paramOf(param: string, scene: Scene, route: Pick<Route, 'path'>): string {
  const { name } = scene;
  const [scope = '', bare = ''] = name.split('/');
  const values: Record<string, string> = {
    package: route.path.includes(':scope') ? bare : name,
    scope,
    rest: `${bare}@1.0.0`,
    specifier: `${name}@1.0.0`,
    version: '1.0.0',
    file: fileOf(name, '1.0.0'),
    revision: '1-0',
    tag: 'beta',
    id: route.path.endsWith('/:id') ? user(scene) : scene.player.person.name,
    token: '0'.repeat(32),
    name: scene.player.person.name,
    user: scene.player.person.name,
    period: 'last-week',
    team: 'developers',
    org: 'acme',
    organisation: 'acme',
    key: '0'.repeat(32),
  };
  const value = values[param];
  if (value === undefined) throw new Error(`Say in sweep-requests.ts what ":${param}" of ${route.path} is.`);
  return value;
}

/** The path and body of a request for an action of a route. */
export async function planRequest(
  route: Pick<Route, 'method' | 'path'>,
  action: Action,
  told: Omit<Scene, 'route'>,
): Promise<{ path: string; body: unknown }> {
  const scene = { ...told, route };
  const plan = plans[action];
  if (plan === undefined && route.method !== 'GET')
    throw new Error(`Say in sweep-requests.ts what a request for ${action} sends.`);
  const { params = {}, body } = (await plan?.(scene)) ?? {};
  const path = route.path.replace(/:(\w+)/g, (_, param: string) =>
    encodeURIComponent(params[param] ?? paramOf(param, scene, route)),
  );
  return { path, body: route.method === 'GET' ? undefined : body };
}
