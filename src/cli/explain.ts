import { findAccount } from '../accounts/accounts.ts';
import { nearest } from '../config/names.ts';
import { readFacts } from '../gate/facts.ts';
import { fail } from '../kernel/failure.ts';
import type { Actor, CredentialKind, Target } from '../policy/actor.ts';
import { type Decision, decide, type Facts } from '../policy/decide.ts';
import { type Action, actions, policy } from '../policy/policy.ts';
import { gateRules } from '../rules.ts';
import type { Invocation } from './command.ts';
import { type Console, onConsole } from './console.ts';
import { asTable, show } from './output.ts';
import { misunderstood } from './problem.ts';

const kinds = ['anonymous', 'password', 'session', 'publish', 'readonly', 'automation', 'granular'] as const;

function readAction(text: string): Action {
  const found = actions.find((action) => action === text);
  return found ?? misunderstood(`There is no action "${text}". Did you mean ${nearest(text, actions)}?`);
}

function readCredential(text: string | undefined): CredentialKind {
  const found = kinds.find((kind) => kind === (text ?? 'session'));
  return found ?? misunderstood(`--credential is one of ${kinds.join(', ')}.`);
}

function readTarget(action: Action, name: string): Target {
  const { on } = policy[action];
  return on === 'site' ? { on } : { on, name };
}

const actorFor = (credential: CredentialKind, account: Actor['account'], receivedAt: number): Actor => ({
  credential,
  account: credential === 'anonymous' ? null : account,
  token: null,
  session: null,
  device: null,
  dead: null,
  addressAllowed: true,
  grants: null,
  address: null,
  userAgent: 'console',
  requestId: 'explain',
  code: null,
  claim: null,
  notice: null,
  receivedAt,
});

const inWords = (decision: Decision): string => {
  if (decision.verdict === 'admit') return 'allowed';
  if (decision.verdict === 'challenge') return 'asks for a one-time code';
  return `refused: ${decision.reason ?? decision.because}`;
};

const flatten = (facts: Facts): [string, string][] =>
  Object.entries(facts).map(([name, value]) => [
    `  ${name}`,
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([key, inner]) => `${key} ${String(inner)}`)
          .join(', ')
      : String(value),
  ]);

/** `tallystick admin explain ACCOUNT ACTION TARGET`: the facts, the row of the policy and the verdict. */
export async function explain(invocation: Invocation): Promise<number> {
  const [name = '', text = '', targetName = ''] = invocation.operands;
  const action = readAction(text);
  const credential = readCredential(invocation.flags.get('--credential'));
  const target = readTarget(action, targetName);
  return onConsole(invocation, async ({ config, store }: Console) => {
    const facts = await store.read(async (tx) => {
      const account = (await findAccount(tx, name)) ?? fail('account_unknown', { name });
      const actor = actorFor(credential, { id: account.id, name }, tx.now);
      const told = { actor, action, target, password: null, factorProven: false };
      return { ...(await readFacts(tx, gateRules(config), told)), passwordProven: true };
    });
    const without = decide(action, facts);
    const withCode = decide(action, { ...facts, factorProven: true });
    const row = policy[action];
    show(
      invocation,
      { account: name, action, target, row, facts, verdict: without, verdictWithCode: withCode },
      () => [
        `${name}, ${action} on ${targetName}, with a credential of kind ${credential} (a password is taken for right):`,
        ...asTable([
          ['without a code', inWords(without)],
          ['with a code', inWords(withCode)],
        ]).map((line) => `  ${line}`),
        `Rule of ${action} (${row.command}):`,
        ...asTable([
          ['  who may', row.who],
          ['  asks for a second factor', row.asks],
          ['  wants the password', row.password ? 'yes' : 'no'],
          ['  credentials', row.credentials.join(', ') || 'none'],
        ]),
        'Facts:',
        ...asTable(flatten(facts)),
      ],
    );
    return 0;
  });
}
