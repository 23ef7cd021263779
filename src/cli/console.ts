import { createLog } from '../adapters/log.ts';
import type { Config } from '../config.ts';
import { createGate, type Gate } from '../gate/gate.ts';
import type { KeyringSource } from '../kernel/keyring.ts';
import type { Clock, Random } from '../kernel/ports.ts';
import { Floods } from '../ledger/floods.ts';
import { gateRules } from '../rules.ts';
import type { Store } from '../store/store.ts';
import type { Invocation } from './command.ts';
import { openStore } from './opening.ts';
import { loadSettings } from './output.ts';

/** The store with its gate: what administration works on, also beside a running server. */
export interface Console {
  readonly config: Config;
  readonly store: Store;
  readonly gate: Gate;
  readonly keyring: KeyringSource;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Opens the console of a command line's settings for some work and closes it afterwards. `create`: whether a data folder
 * without a database gets one. Its log goes to standard error, so that output stays for the answer.
 */
export async function onConsole<T>(
  invocation: Invocation,
  work: (console: Console) => Promise<T>,
  { create = false } = {},
): Promise<T> {
  const { config } = await loadSettings(invocation);
  const log = createLog({ form: invocation.json ? 'json' : 'pretty', level: config.logLevel, to: 2 });
  const { store, ports, keyring } = await openStore(config, log, { create });
  try {
    const gate = createGate(store, gateRules(config), new Floods());
    return await work({ config, store, gate, keyring, clock: ports.clock, random: ports.random });
  } finally {
    await store.close();
  }
}
