/** Who maintains a package: `npm owner` (protocol/packages.md §5.3, protocol/auth.md §8.4). */
import { type AccountRow, readAccount } from '../accounts/accounts.sql.ts';
import { fail } from '../kernel/failure.ts';
import { record } from '../ledger/audit.ts';
import type { Permit } from '../policy/permit.ts';
import type { Writing } from '../store/store.ts';
import { mailOwnersChanged } from './mails.ts';
import { addMaintainer, removeMaintainer } from './owners.sql.ts';
import { type MaintainerRow, type PackageRow, readMaintainers } from './packages.sql.ts';
import { advance, type Forget, holdRevision, nameOf, requirePackage, revisionOf } from './revision.ts';

/** How many may come or go with one request; each of them and of those who stay gets a mail. */
const mostChanges = 100;

type OwnersPermit = Permit<'package.owners'>;

/** Who comes and who goes. */
interface Change {
  readonly added: readonly Pick<AccountRow, 'id' | 'name' | 'email'>[];
  readonly removed: readonly MaintainerRow[];
}

const findAccount = async (tx: Writing, name: string): Promise<AccountRow> =>
  (await readAccount(tx, name)) ?? fail('owner_unknown', { name });

/** An act upon somebody stands in his log too, whoever did it. */
async function recordFor(
  tx: Writing,
  { account, actor }: OwnersPermit,
  target: string,
  concerned: { id: string; name: string },
  verb: 'added' | 'removed',
): Promise<void> {
  if (concerned.id === account?.id) return;
  await record(tx, {
    action: 'package.owners',
    outcome: 'done',
    account: concerned.id,
    actor: account?.name,
    actorKind: 'account',
    requestId: actor.requestId,
    target,
    reason: `${verb} ${concerned.name}`,
  });
}

async function apply(
  tx: Writing,
  permit: OwnersPermit,
  row: PackageRow,
  { added, removed }: Change,
  forget: Forget,
): Promise<string> {
  if (added.length + removed.length === 0) return revisionOf(row);
  const before = await readMaintainers(tx, row.id);
  if (before.length + added.length - removed.length < 1) {
    fail('not_allowed', {
      reason: 'A package keeps at least one maintainer: add somebody else first (npm owner add).',
    });
  }
  for (const { id } of added) await addMaintainer(tx, row.id, id);
  for (const { id } of removed) await removeMaintainer(tx, row.id, id);
  for (const one of added) await recordFor(tx, permit, row.name, one, 'added');
  for (const one of removed) await recordFor(tx, permit, row.name, one, 'removed');
  await mailOwnersChanged(tx, permit, row.name, { before, added, removed });
  return advance(tx, row, forget);
}

/**
 * Makes those named the maintainers, by adding and removing where that differs from what the client saw. Fails with
 * `stale_revision`, `owner_unknown`, `not_allowed` where nobody would be left, `document_invalid` at more than a hundred
 * changes. Called by: npm lib/commands/owner.js, yarn 1.
 */
export async function replaceOwners(
  tx: Writing,
  permit: OwnersPermit,
  wish: { names: ReadonlySet<string>; revision: string },
  forget: Forget,
): Promise<string> {
  const row = await requirePackage(tx, nameOf(permit));
  holdRevision(row, wish.revision);
  const before = await readMaintainers(tx, row.id);
  const removed = before.filter(({ name }) => !wish.names.has(name));
  const known = new Set(before.map(({ name }) => name));
  const fresh = [...wish.names].filter((name) => !known.has(name));
  if (fresh.length + removed.length > mostChanges)
    fail('document_invalid', { reason: `At most ${mostChanges} maintainers are changed at once.` });
  const added: AccountRow[] = [];
  for (const name of fresh) added.push(await findAccount(tx, name));
  return apply(tx, permit, row, { added, removed }, forget);
}

/** Adds one maintainer; one who is there already stays. Fails with `owner_unknown`. Called by: pnpm 12. */
export async function addOwner(
  tx: Writing,
  permit: OwnersPermit,
  name: string,
  forget: Forget,
): Promise<string> {
  const row = await requirePackage(tx, nameOf(permit));
  const account = await findAccount(tx, name);
  const isThere = (await readMaintainers(tx, row.id)).some(({ id }) => id === account.id);
  return apply(tx, permit, row, { added: isThere ? [] : [account], removed: [] }, forget);
}

/** Removes one maintainer; who is none changes nothing. Fails with `owner_unknown`, `not_allowed`. Called by: pnpm 12. */
export async function removeOwner(
  tx: Writing,
  permit: OwnersPermit,
  name: string,
  forget: Forget,
): Promise<string> {
  const row = await requirePackage(tx, nameOf(permit));
  const account = await findAccount(tx, name);
  const removed = (await readMaintainers(tx, row.id)).filter(({ id }) => id === account.id);
  return apply(tx, permit, row, { added: [], removed }, forget);
}
