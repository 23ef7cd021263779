/**
 * Publishes that no factor stood behind are told to the owner (ML1): the first at once, what follows within an hour in
 * one mail at its end, so that a release of many packages is two mails and a thief is seen at the first.
 */
import { readAccountById } from '../accounts/accounts.sql.ts';
import { newId } from '../kernel/ids.ts';
import type { Permit } from '../policy/permit.ts';
import type { Store, Writing } from '../store/store.ts';
import {
  forgetMailed,
  insertPublish,
  isAnyNoted,
  markMailed,
  readUntold,
  readWaitingTokens,
  wasMailedAfter,
} from './bypass-publishes.sql.ts';
import { mailBypassPublishes } from './mails.ts';
import { readTokenById } from './tokens.sql.ts';

const hour = 3600_000;
const batch = 100;

async function tell(tx: Writing, token: string): Promise<void> {
  const row = await readTokenById(tx, token);
  const owner = row && (await readAccountById(tx, row.account_id));
  if (owner) await mailBypassPublishes(tx, owner, row, await readUntold(tx, token));
  await markMailed(tx, token);
}

/** Notes a publish in its transaction; does nothing where the actor's token does not bypass the second factor. */
export async function noteBypassPublish(
  tx: Writing,
  permit: Permit<'package.publish'>,
  published: { name: string; version: string },
): Promise<void> {
  const { credential, token, address } = permit.actor;
  if (credential !== 'automation' || token === null) return;
  const { name, version } = published;
  const id = newId(tx.now, tx.random);
  await insertPublish(tx, {
    id,
    token_id: token,
    package: name,
    version,
    address,
    at: tx.now,
    mailed_at: null,
  });
  if (!(await wasMailedAfter(tx, token, tx.now - hour))) await tell(tx, token);
}

/** Writes the gathered mails that are due and returns how many. Any process may call it. */
export async function mailGathered(store: Store): Promise<number> {
  if (!(await store.read(isAnyNoted))) return 0;
  return store.write(
    async (tx) => {
      await forgetMailed(tx, tx.now - hour);
      const tokens = await readWaitingTokens(tx, batch);
      let written = 0;
      for (const token of tokens) {
        if (await wasMailedAfter(tx, token, tx.now - hour)) continue;
        await tell(tx, token);
        written += 1;
      }
      return written;
    },
    { serialise: ['bypass-publishes'] },
  );
}
