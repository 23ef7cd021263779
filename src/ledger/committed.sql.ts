import { sql } from 'kysely';
import type { Writing } from '../store/store.ts';

/**
 * Lets each statement of this transaction see what is committed by then; to be called first. Only for background work
 * that holds its key (`serialise`): it reads every new row, and under SERIALIZABLE each of its reads would count against
 * the acts that write them and make PostgreSQL repeat those.
 */
export async function seeCommitted(tx: Writing): Promise<void> {
  if (tx.dialect === 'postgres') await sql`set transaction isolation level read committed`.execute(tx.sql);
}
