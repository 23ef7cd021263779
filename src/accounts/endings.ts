/**
 * Tells this process at once that credentials ended, so that nothing that it remembers of them is believed any longer
 * (TK6). Other processes remember for at most a second (SE6).
 */
import type { Writing } from '../store/store.ts';

/** Which credentials ended: one token, or all that an account has. */
export type Ending = { readonly token: string } | { readonly account: string };

const listeners = new Set<(ending: Ending) => void>();

/** Listens until the returned function is called. */
export function onEnding(listener: (ending: Ending) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Announces an ending when its transaction has committed. */
export function announceEnding(tx: Writing, ending: Ending): void {
  tx.afterCommit(() => {
    for (const listener of listeners) listener(ending);
  });
}
