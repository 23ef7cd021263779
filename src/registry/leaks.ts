/** Refuses to publish files with a living token in them; the token dies of it (TK7). */
import type { Gate } from '../gate/gate.ts';
import type { Asked } from '../http/route.ts';
import { fail } from '../kernel/failure.ts';
import { isAnyAlive, revokeLeakedTokens } from '../tokens/leaked.ts';
import { nameIn } from './package-parts.ts';

/** Ends every living token among the texts, for good whatever becomes of the publish, and fails with `token_leaked`. */
export async function refuseLeaks(
  gate: Gate,
  asked: Asked<unknown>,
  texts: ReadonlySet<string>,
): Promise<void> {
  if (texts.size === 0) return;
  const { actor } = asked;
  const target = { on: 'account', name: actor.account?.name ?? '' } as const;
  const action = 'token.revokeLeaked';
  if (!(await gate.look(actor, action, target, (tx) => isAnyAlive(tx, texts)))) return;
  const where = `the files of ${nameIn(asked)} that you were about to publish`;
  const tokens = await gate.perform<typeof action, undefined, string[]>(actor, {
    action,
    target,
    prepare: async () => undefined,
    work: (tx, permit) => revokeLeakedTokens(tx, permit, { texts, where }),
  });
  if (tokens.length > 0) fail('token_leaked', { tokens });
}
