/** `tallystick admin user …`: accounts, on the operator's console. */
import {
  type Account,
  createAccount,
  findAccount,
  listAccounts,
  prepareAccount,
  setStaff,
} from '../accounts/accounts.ts';
import { readHold } from '../accounts/holds.ts';
import { readAccountFacts } from '../gate/facts.sql.ts';
import { fail } from '../kernel/failure.ts';
import type { Mode } from '../policy/decide.ts';
import { type Hold, sayHeld } from '../policy/hold.ts';
import { accountRules } from '../rules.ts';
import type { Reading } from '../store/store.ts';
import { askNewPassword } from './ask-password.ts';
import type { Invocation } from './command.ts';
import { type Console, onConsole } from './console.ts';
import { asTable, loadSettings, show } from './output.ts';
import { misunderstood } from './problem.ts';

interface ShownAccount extends Account {
  readonly twoFactor: Mode;
  readonly hold: Hold | null;
}

async function withMode(tx: Reading, account: Account): Promise<ShownAccount> {
  const facts = await readAccountFacts(tx, account.id);
  return { ...account, twoFactor: facts?.mode ?? 'off', hold: await readHold(tx, account.id) };
}

const asTime = (instant: number | null): string | null =>
  instant === null ? null : new Date(instant).toISOString();
const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

/** An account as `--json` tells it: instants as ISO 8601. */
const asJson = (account: ShownAccount) => ({
  name: account.name,
  email: account.email,
  emailVerified: account.emailVerified,
  twoFactor: account.twoFactor,
  staff: account.staff,
  frozenAt: asTime(account.frozenAt),
  hold: account.hold && {
    kind: account.hold.kind,
    reason: account.hold.reason,
    until: asTime(account.hold.until),
  },
  createdAt: asTime(account.createdAt),
  updatedAt: asTime(account.updatedAt),
});

const asLines = (account: ShownAccount): string[] =>
  asTable([
    ['name', account.name],
    ['e-mail', `${account.email} (${account.emailVerified ? 'verified' : 'unverified'})`],
    ['two-factor', account.twoFactor],
    ['staff', yesOrNo(account.staff)],
    ['frozen', asTime(account.frozenAt) ?? 'no'],
    ['held', account.hold === null ? 'no' : sayHeld(account.hold)],
    ['created', asTime(account.createdAt) ?? ''],
    ['updated', asTime(account.updatedAt) ?? ''],
  ]);

async function readShown(tx: Reading, name: string): Promise<ShownAccount> {
  const account = await findAccount(tx, name);
  return account ? withMode(tx, account) : fail('account_unknown', { name });
}

/** `admin user create NAME --email ADDRESS [--staff]`. */
export async function createUser(invocation: Invocation): Promise<number> {
  const [name = ''] = invocation.operands;
  const email = invocation.flags.get('--email');
  if (email === undefined) misunderstood('An account needs an address: add --email ADDRESS.');
  // Wrong settings are told before anybody types a password.
  await loadSettings(invocation);
  const password = await askNewPassword();
  const work = async ({ config, store, gate }: Console): Promise<number> => {
    const ready = await prepareAccount(store, { name, email, password }, accountRules(config));
    const target = { on: 'account', name } as const;
    await gate.onConsole('account.create', target, (tx, permit) => createAccount(tx, permit, ready));
    if (invocation.flags.get('--staff') === 'true') {
      await gate.onConsole('account.staff', target, (tx, permit) =>
        setStaff(tx, permit, { name, staff: true }),
      );
    }
    const account = await store.read((tx) => readShown(tx, name));
    const noun = account.staff ? 'the staff account' : 'the account';
    show(invocation, asJson(account), () => [`Created ${noun} ${name}.`]);
    return 0;
  };
  return onConsole(invocation, work, { create: true });
}

/** `admin user list`. */
export function listUsers(invocation: Invocation): Promise<number> {
  return onConsole(invocation, async ({ store }) => {
    const accounts = await store.read(async (tx) => {
      const shown: ShownAccount[] = [];
      for (const account of await listAccounts(tx)) shown.push(await withMode(tx, account));
      return shown;
    });
    const rows = accounts.map((account) => [
      account.name,
      account.email,
      account.twoFactor,
      yesOrNo(account.staff),
      asTime(account.createdAt)?.slice(0, 10) ?? '',
    ]);
    const head = ['NAME', 'E-MAIL', 'TWO-FACTOR', 'STAFF', 'CREATED'];
    show(invocation, accounts.map(asJson), () =>
      rows.length === 0 ? ['There are no accounts yet.'] : asTable([head, ...rows]),
    );
    return 0;
  });
}

/** `admin user show NAME`. */
export function showUser(invocation: Invocation): Promise<number> {
  const [name = ''] = invocation.operands;
  return onConsole(invocation, async ({ store }) => {
    const account = await store.read((tx) => readShown(tx, name));
    show(invocation, asJson(account), () => asLines(account));
    return 0;
  });
}

/** `admin user staff NAME [--off]`. */
export function makeStaff(invocation: Invocation): Promise<number> {
  const [name = ''] = invocation.operands;
  const staff = invocation.flags.get('--off') !== 'true';
  return onConsole(invocation, async ({ store, gate }) => {
    const target = { on: 'account', name } as const;
    await gate.onConsole('account.staff', target, (tx, permit) => setStaff(tx, permit, { name, staff }));
    const account = await store.read((tx) => readShown(tx, name));
    show(invocation, asJson(account), () => [`${name} is ${staff ? 'staff now' : 'not staff any more'}.`]);
    return 0;
  });
}
