/** Sealing again what an older key of the keyring sealed (KY2): in small steps, by any process, safe to kill. */
import { fail } from '../kernel/failure.ts';
import type { Keyring } from '../kernel/keyring.ts';
import {
  countSealed,
  readCommitted,
  readOutdated,
  replaceSealed,
  type SealedPlace,
  sealedPlaces,
} from './sealed.sql.ts';
import type { Store, Writing } from './store.ts';

const batch = 100;

export interface Rewrapping {
  rewrapped: number;
  /** Texts that their key does not open: altered, or put into another row. They stay as they are. */
  unopened: number;
}

async function rewrapSome(
  tx: Writing,
  place: SealedPlace,
  from: { current: number; after: string },
): Promise<Rewrapping & { last: string | undefined }> {
  await readCommitted(tx);
  const rows = await readOutdated(tx, place, { ...from, limit: batch });
  const done = { rewrapped: 0, unopened: 0 };
  for (const row of rows) {
    let plain: Buffer;
    try {
      plain = tx.vault.open(row.sealed, row.binding);
    } catch {
      done.unopened += 1;
      continue;
    }
    if (await replaceSealed(tx, place, row, tx.vault.seal(plain, row.binding))) done.rewrapped += 1;
  }
  return { ...done, last: rows.length < batch ? undefined : rows.at(-1)?.id };
}

/** Looks at the keyring again and seals everything under its current key. What is done already costs one look. */
export async function rewrapSealed(store: Store): Promise<Rewrapping> {
  const current = await store.read(async ({ vault }) => vault.renew());
  const total = { rewrapped: 0, unopened: 0 };
  for (const place of sealedPlaces) {
    let after: string | undefined = '';
    while (after !== undefined) {
      const from: { current: number; after: string } = { current, after };
      if ((await store.read((tx) => readOutdated(tx, place, { ...from, limit: 1 }))).length === 0) break;
      const some = await store.write((tx) => rewrapSome(tx, place, from), { serialise: ['rewrap'] });
      total.rewrapped += some.rewrapped;
      total.unopened += some.unopened;
      after = some.last;
    }
  }
  return total;
}

/** Fails with `keyring_wrong` when rows are sealed under a version that the keyring does not hold (KY1). */
export async function requireKeys(store: Store, { keys }: Keyring): Promise<void> {
  const counts = await store.read(countSealed);
  const missing = [...counts.keys()].filter((version) => !keys.some((key) => key.version === version));
  if (missing.length > 0) {
    const versions = missing.sort((one, other) => one - other).join(', ');
    fail('keyring_wrong', {
      reason: `The keyring lacks key version ${versions}, which sealed data in this database.`,
    });
  }
}
