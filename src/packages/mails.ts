/** Mails about packages (ML1), written in the transaction of the act. */
import { readAccountById } from '../accounts/accounts.sql.ts';
import { circumstances } from '../accounts/mails.ts';
import { queueNotice } from '../accounts/notices.ts';
import { notice } from '../ledger/mail.ts';
import { queueMail } from '../ledger/outbox.ts';
import type { Permit } from '../policy/permit.ts';
import type { Writing } from '../store/store.ts';

interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

const listed = (people: readonly Person[]): string => people.map(({ name }) => name).join(', ');

/** What a change of maintainers means for one of those concerned. */
function tellOwner(
  person: Person,
  name: string,
  by: string,
  { added, removed }: { added: readonly Person[]; removed: readonly Person[] },
): { what: string; details: string[] } {
  const isIn = (people: readonly Person[]): boolean => people.some(({ id }) => id === person.id);
  if (isIn(added)) {
    const details = [`${by} made you a maintainer of ${name}: you may publish and change it now.`];
    return { what: 'You maintain a package', details };
  }
  if (isIn(removed)) {
    const details = [`${by} removed you from the maintainers of ${name}.`];
    return { what: 'You do not maintain a package any more', details };
  }
  const details = [
    ...(added.length === 0 ? [] : [`${by} made ${listed(added)} a maintainer of ${name}.`]),
    ...(removed.length === 0 ? [] : [`${by} removed ${listed(removed)} from its maintainers.`]),
  ];
  return { what: `The maintainers of ${name} changed`, details };
}

/**
 * Tells everybody who maintained the package or does now. Where from and with what it was done stands only in the mail of
 * the one who did it.
 */
export async function mailOwnersChanged(
  tx: Writing,
  { account, actor }: Permit<'package.owners'>,
  name: string,
  change: { before: readonly Person[]; added: readonly Person[]; removed: readonly Person[] },
): Promise<void> {
  const by = account?.name ?? 'The operator';
  for (const person of [...change.before, ...change.added]) {
    const isActor = person.id === account?.id;
    const told = tellOwner(person, name, isActor ? 'You' : by, change);
    const advice = `If this should not be so, look at "npm owner ls ${name}" and talk to ${by}.`;
    const own = isActor ? await readAccountById(tx, person.id) : undefined;
    if (own) await queueNotice(tx, own, { ...told, ...circumstances(tx, actor) });
    // To freeze one's own account would not stop who did it.
    else await queueMail(tx, notice({ to: person.email, account: person.name, ...told, at: tx.now, advice }));
  }
}
