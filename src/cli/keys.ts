/** `tallystick keys …`: the keyring that seals secrets in the database (KY2). */
import { replaceKeyring } from '../adapters/keyring-file.ts';
import { addKey, type Keyring, removeKey } from '../kernel/keyring.ts';
import { rewrapSealed } from '../store/rewrap.ts';
import { countSealed } from '../store/sealed.sql.ts';
import type { Invocation } from './command.ts';
import { type Console, onConsole } from './console.ts';
import { asTable, show } from './output.ts';
import { CommandProblem, misunderstood } from './problem.ts';

const site = { on: 'site' } as const;

/** Where the keyring is a file that can be replaced. */
function pathOf({ config }: Console): string {
  if (!config.keyring.trimStart().startsWith('{')) return config.keyring;
  throw new CommandProblem(
    'The keyring comes from TALLYSTICK_KEYRING: only one in a file can be changed. Put it into a file and name that with TALLYSTICK_KEYRING_FILE.',
  );
}

async function describe({ store, keyring }: Console) {
  const { current, keys } = keyring.reread();
  const counts = await store.read(countSealed);
  return keys.map(({ version, created }) => ({
    version,
    created,
    current: version === current,
    sealed: counts.get(version) ?? 0,
  }));
}

/** `keys list`: never shows a key. */
export function listKeys(invocation: Invocation): Promise<number> {
  return onConsole(invocation, async (console) => {
    const keys = await describe(console);
    const rows = keys.map(({ version, created, current, sealed }) => [
      String(version),
      created,
      String(sealed),
      current ? 'seals' : 'opens',
    ]);
    show(invocation, keys, () => asTable([['VERSION', 'CREATED', 'SEALED TEXTS', 'USE'], ...rows]));
    return 0;
  });
}

/** `keys rotate`: also beside running servers, which take the new key up by themselves. */
export function rotateKeys(invocation: Invocation): Promise<number> {
  return onConsole(invocation, async (console) => {
    const { gate, store, clock, random, keyring } = console;
    const path = pathOf(console);
    // The row comes first: what cannot be recorded is not done.
    await gate.onConsole('site.rotateKeyring', site, async () => undefined);
    const changed = replaceKeyring(path, (before: Keyring) => addKey(before, clock.now(), random));
    keyring.reread();
    const { rewrapped, unopened } = await rewrapSealed(store);
    show(invocation, { version: changed.current, rewrapped, unopened }, () => [
      `Key ${changed.current} seals from now on; ${rewrapped} texts were sealed again under it.`,
      ...(unopened > 0 ? [`${unopened} texts could not be opened and stay as they are.`] : []),
      `Keep a copy of ${path} where the backups of the database are not.`,
      'Once "tallystick keys list" shows no text under an older key, "tallystick keys remove VERSION" takes it off.',
    ]);
    return 0;
  });
}

/** `keys remove VERSION`: only a key that nothing needs any more. */
export function removeOldKey(invocation: Invocation): Promise<number> {
  const [text = ''] = invocation.operands;
  if (!/^\d{1,9}$/.test(text))
    misunderstood('VERSION is the number of a key: tallystick keys list shows them.');
  const version = Number(text);
  return onConsole(invocation, async (console) => {
    const { gate, store, clock } = console;
    const path = pathOf(console);
    const sealed = (await store.read(countSealed)).get(version) ?? 0;
    if (sealed > 0)
      throw new CommandProblem(
        `Key ${version} is needed: ${sealed} texts are sealed under it. Servers seal them again within minutes.`,
      );
    removeKey(console.keyring.reread(), version, clock.now());
    await gate.onConsole('site.rotateKeyring', site, async () => undefined);
    replaceKeyring(path, (before: Keyring) => removeKey(before, version, clock.now()));
    show(invocation, { removed: version }, () => [`Key ${version} is off the keyring.`]);
    return 0;
  });
}
