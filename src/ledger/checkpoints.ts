/** Copies of the chain's newest link outside the database: what was cut off or made anew shows against them (AU1). */
import type { CheckpointKeeper, Log } from '../kernel/ports.ts';
import type { Store } from '../store/store.ts';
import { readHead } from './audit.sql.ts';

/** Writes the newest link to the log and, where one is set, to the keeper of checkpoints. Throws when that fails. */
export async function keepChainHead(
  store: Store,
  { log, keeper, site }: { log: Log; keeper?: CheckpointKeeper | undefined; site: { publicUrl: string } },
): Promise<void> {
  const head = await store.read(readHead);
  if (head === undefined) return;
  log.info(head, 'audit chain head');
  const at = new Date(store.clock.now()).toISOString();
  await keeper?.keep({ at, site: site.publicUrl, ...head });
}
