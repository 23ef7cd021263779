/** The packages of the sweep, and how everybody stands to them. */
import type { Standing } from '../../src/policy/decide.ts';
import { pathOf } from '../packages/publisher.ts';
import type { TestApp } from '../support/app.ts';
import { type Draft, documentOf } from '../support/document.ts';
import type { Player } from './sweep-actors.ts';

type Rule = { readonly requiresFactor: boolean; readonly bypassAllowed: boolean };

/** A kind of package to act on. */
export interface Place {
  readonly title: string;
  readonly name: string;
  /** How somebody with an account stands to it. */
  readonly standing: Standing;
  readonly restricted: boolean;
  readonly rule: Rule;
}

const free: Rule = { requiresFactor: false, bypassAllowed: true };
const place = (title: string, name: string, standing: Standing, told: Partial<Place> = {}): Place => ({
  title,
  name,
  standing,
  restricted: false,
  rule: free,
  ...told,
});

export const places: readonly Place[] = [
  place('a package of theirs', 'ours', 'writer'),
  place('a restricted package of theirs', '@founder/shared', 'writer', { restricted: true }),
  place('a package of theirs that asks everybody', 'strict', 'writer', {
    rule: { requiresFactor: true, bypassAllowed: false },
  }),
  place('a package of theirs that asks people', 'lenient', 'writer', {
    rule: { requiresFactor: true, bypassAllowed: true },
  }),
  place("somebody else's package", 'theirs', 'reader'),
  place("somebody else's restricted package", '@founder/hidden', 'hidden', { restricted: true }),
  place('a package that does not exist', 'nobody-has-this', 'founder'),
  place("a name in somebody else's scope", '@founder/unused', 'hidden'),
];

/** How a stranger stands to it: what needs an account is nothing to them. */
export const standingOf = (target: Place, player: Player, isKnown: boolean): Standing => {
  if (isKnown && player.credential !== 'anonymous') return target.standing;
  if (target.restricted || target.standing === 'founder' || target.standing === 'hidden') return 'hidden';
  return 'reader';
};

let count = 0;
/** A number that no package, version or account has had yet. */
export const nextNumber = (): number => {
  count += 1;
  return count;
};

/** Publishes as the founder, who has no second factor. */
export async function publishAs(world: TestApp, token: string, draft: Draft): Promise<void> {
  const answer = await world.ask('PUT', pathOf(draft.name), { token, body: documentOf(draft) });
  if (answer.statusCode !== 201) throw new Error(answer.body);
}

/** Puts a package into the state that its place describes, with a version 1.0.0, a tag and a tombstone 0.9.0. */
export async function build(world: TestApp, founder: string, target: Place, players: readonly Player[]) {
  if (target.standing === 'founder' || target.title.startsWith('a name in')) return;
  const { name, restricted, rule } = target;
  const access = restricted ? 'restricted' : name.startsWith('@') ? 'public' : null;
  for (const version of ['0.9.0', '1.0.0']) await publishAs(world, founder, { name, version, access });
  await world.app.store.write(async (tx) => {
    const { id } = await tx.sql
      .selectFrom('packages')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    await tx.sql
      .updateTable('packages')
      .set({
        requires_second_factor: rule.requiresFactor ? 1 : 0,
        bypass_allowed: rule.bypassAllowed ? 1 : 0,
      })
      .where('id', '=', id)
      .execute();
    await tx.sql
      .updateTable('versions')
      .set({ unpublished_at: tx.now, manifest: '', abbreviated: '' })
      .where('package_id', '=', id)
      .where('version', '=', '0.9.0')
      .execute();
    await tx.sql.insertInto('tags').values({ package_id: id, tag: 'beta', version: '1.0.0' }).execute();
    if (target.standing !== 'writer') return;
    for (const { person } of players)
      await tx.sql
        .insertInto('maintainers')
        .values({ package_id: id, account_id: person.id, since: tx.now })
        .execute();
  });
}

/** Remembers a package as it stands; what comes back puts it back. */
export async function savePackage({ app, clock }: TestApp, name: string): Promise<() => Promise<void>> {
  const saved = await app.store.read(async (tx) => {
    const row = await tx.sql.selectFrom('packages').selectAll().where('name', '=', name).executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      row,
      versions: await tx.sql.selectFrom('versions').selectAll().where('package_id', '=', row.id).execute(),
      tags: await tx.sql.selectFrom('tags').selectAll().where('package_id', '=', row.id).execute(),
      maintainers: await tx.sql
        .selectFrom('maintainers')
        .selectAll()
        .where('package_id', '=', row.id)
        .execute(),
    };
  });
  return async () => {
    // What is held of the package in memory is forgotten after a second.
    clock.advance(2000);
    if (saved === undefined) return;
    const { row, versions, tags, maintainers } = saved;
    await app.store.write(async (tx) => {
      for (const table of ['tags', 'versions', 'maintainers'] as const)
        await tx.sql.deleteFrom(table).where('package_id', '=', row.id).execute();
      await tx.sql.updateTable('packages').set(row).where('id', '=', row.id).execute();
      await tx.sql.insertInto('versions').values(versions).execute();
      await tx.sql.insertInto('tags').values(tags).execute();
      await tx.sql.insertInto('maintainers').values(maintainers).execute();
    });
  };
}
