/** The keys of HMACs: random, kept in the store, sealed under the keyring, so that the keyring can rotate (KY2). */
import { fail, isFailure } from '../kernel/failure.ts';
import type { Keyring, KeyringSource } from '../kernel/keyring.ts';
import type { Random } from '../kernel/ports.ts';
import { createVault, type HmacKey, hmacKeys, keyVersionOf, type Vault } from '../kernel/vault.ts';
import { requireKeys } from './rewrap.ts';
import type { Store } from './store.ts';

const binding = (purpose: HmacKey): string[] => ['data_keys', purpose];

function openKey(sealer: Vault, purpose: HmacKey, sealed: string): Buffer {
  try {
    return sealer.open(sealed, binding(purpose));
  } catch (thrown) {
    if (isFailure(thrown)) throw thrown;
    const reason =
      'The keyring does not belong to this database: it cannot open the keys that are stored in it. ' +
      'Start with the keyring that was made together with the database.';
    return fail('keyring_wrong', { reason });
  }
}

/**
 * Opens the data keys, makes those that are missing, seals again those under an older key, and returns the whole
 * vault. Failure: `keyring_wrong`, before anything else is read.
 */
export async function loadVault(
  store: Store,
  source: Keyring | KeyringSource,
  random: Random,
): Promise<Vault> {
  const sealer = createVault(source, random);
  const current = sealer.renew();
  const keys = await store.write(
    async ({ sql, now }) => {
      const rows = await sql.selectFrom('data_keys').select(['purpose', 'sealed']).execute();
      const loaded = new Map<HmacKey, Buffer>();
      for (const purpose of hmacKeys) {
        const stored = rows.find((row) => row.purpose === purpose)?.sealed;
        const key = stored === undefined ? random.bytes(32) : openKey(sealer, purpose, stored);
        loaded.set(purpose, key);
        if (stored !== undefined && keyVersionOf(stored) === current) continue;
        const sealed = sealer.seal(key, binding(purpose));
        await sql
          .insertInto('data_keys')
          .values({ purpose, sealed, created_at: now })
          .onConflict((conflict) => conflict.column('purpose').doUpdateSet({ sealed }))
          .execute();
      }
      return loaded;
    },
    { serialise: ['data-keys'] },
  );
  await requireKeys(store, 'reread' in source ? source.current() : source);
  return createVault(source, random, keys);
}

/** Whether anything was ever sealed here: a keyring may be made only where nothing was (KY1). */
export async function hasDataKeys(store: Store): Promise<boolean> {
  const found = await store.read(({ sql }) =>
    sql.selectFrom('data_keys').select('purpose').executeTakeFirst(),
  );
  return found !== undefined;
}
