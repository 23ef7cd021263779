/** Signs versions that were stored before there was a key, or came another way than by a publish (§9.3: all or none). */
import type { Instant, Log } from '../kernel/ports.ts';
import type { Store } from '../store/store.ts';
import { readPackage } from './packages.sql.ts';
import { advance, type Forget } from './revision.ts';
import { readUnsignedPackages, readUnsignedVersions, writeSignature } from './signing.sql.ts';
import { openSigner } from './signing.ts';

const interval: Instant = 60 * 60 * 1000;
const batch = 100;

/** Signs a batch of one package's versions and returns how many those were. */
async function signPackage(store: Store, name: string, forget: Forget): Promise<number> {
  return store.write(
    async (tx) => {
      const row = await readPackage(tx, name);
      if (row === undefined) return 0;
      const versions = await readUnsignedVersions(tx, row.id, batch);
      if (versions.length === 0) return 0;
      const sign = await openSigner(tx);
      for (const { version, integrity } of versions)
        await writeSignature(tx, { packageId: row.id, version }, sign({ name, version, integrity }));
      await advance(tx, row, forget);
      return versions.length;
    },
    { serialise: [`package:${name}`] },
  );
}

/** Signs all versions that have no signature; returns how many those were. */
export async function signUnsigned(store: Store, forget: Forget): Promise<number> {
  let signed = 0;
  for (;;) {
    const names = await store.read((tx) => readUnsignedPackages(tx, batch));
    let progress = 0;
    for (const name of names) progress += await signPackage(store, name, forget);
    signed += progress;
    if (progress === 0) return signed;
  }
}

/** Signs at once and every hour; the returned function ends that once what is under way has finished. */
export function startBackSigning(store: Store, forget: Forget, log: Log): () => Promise<void> {
  const run = (): Promise<void> =>
    signUnsigned(store, forget).then(
      (signed) => {
        if (signed > 0) log.info({ signed }, 'signed versions that had no signature');
      },
      (thrown) => log.error({ err: thrown }, 'the signing of stored versions failed'),
    );
  let under = run();
  const timer = setInterval(() => {
    under = run();
  }, interval);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await under;
  };
}
