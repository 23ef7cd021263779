import { expect, test } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import { createKeyring, type Keyring } from '../../src/kernel/keyring.ts';
import { hmacKeys, keyVersionOf } from '../../src/kernel/vault.ts';
import { loadVault } from '../../src/store/data-keys.ts';
import { createRandom } from '../support/ports.ts';
import { eachStore } from '../support/stores.ts';

const random = createRandom('data keys');
const keyring = createKeyring(0, random);
const foreign = createKeyring(0, random);
const second = { version: 2, key: random.bytes(32).toString('base64'), created: '2026-01-01T00:00:00.000Z' };
const rotated: Keyring = { current: 2, keys: [...keyring.keys, second] };

eachStore((open) => {
  test('the keys of HMACs are made once and are the same after every start', async () => {
    const { store } = await open();
    const first = (await loadVault(store, keyring, random)).hmac('pepper', 'x');
    expect((await loadVault(store, keyring, random)).hmac('pepper', 'x')).toEqual(first);
  });

  test('two processes that start at once agree on them', async () => {
    const { store, another } = await open();
    const vaults = await Promise.all([
      loadVault(store, keyring, random),
      loadVault(another(), keyring, random),
    ]);
    const [one, other] = vaults.map((vault) => vault.hmac('recovery-codes', 'x'));
    expect(one).toEqual(other);
  });

  test('a keyring of another database is refused with a sentence', async () => {
    const { store } = await open();
    await loadVault(store, keyring, random);
    const thrown: unknown = await loadVault(store, foreign, random).catch((caught: unknown) => caught);
    expect(isFailure(thrown, 'keyring_wrong') && thrown.message).toMatch(/does not belong to this database/);
  });

  test('a keyring that lost the key is refused by its version', async () => {
    const { store } = await open();
    await loadVault(store, rotated, random);
    const thrown: unknown = await loadVault(store, keyring, random).catch((caught: unknown) => caught);
    expect(isFailure(thrown, 'keyring_wrong') && thrown.message).toMatch(/lacks key version 2/);
  });

  test('after a rotation the same keys are sealed under the new one, and the old one may go', async () => {
    const { store } = await open();
    const before = (await loadVault(store, keyring, random)).hmac('pepper', 'x');
    await loadVault(store, rotated, random);
    const rows = await store.read((tx) => tx.sql.selectFrom('data_keys').selectAll().execute());
    expect(rows.map(({ sealed }) => keyVersionOf(sealed))).toEqual(hmacKeys.map(() => 2));
    const alone = { current: 2, keys: [second] };
    expect((await loadVault(store, alone, random)).hmac('pepper', 'x')).toEqual(before);
  });

  test('no key can be read in the store', async () => {
    const { store } = await open();
    await loadVault(store, keyring, createRandom('seen'));
    const rows = await store.read((tx) => tx.sql.selectFrom('data_keys').selectAll().execute());
    const plain = createRandom('seen').bytes(32);
    expect(JSON.stringify(rows)).not.toContain(plain.toString('base64url'));
    for (const { sealed } of rows)
      expect(Buffer.from(sealed.split('.')[1] ?? '', 'base64url').includes(plain)).toBe(false);
  });
});
