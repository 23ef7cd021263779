/**
 * The store: serializable on both databases. `read` sees one consistent state; `write` is atomic, may be repeated by
 * the engine on a conflict, and therefore must have no effect but through its transaction.
 */
import type { Kysely } from 'kysely';
import type { Clock, Instant, Random } from '../kernel/ports.ts';
import type { Vault } from '../kernel/vault.ts';
import type { Tables } from './schema.ts';

export type Dialect = 'sqlite' | 'postgres';

/** A consistent view, with what queries and use-cases need beside it. */
export interface Reading {
  readonly sql: Kysely<Tables>;
  readonly dialect: Dialect;
  /** The same instant for the whole transaction. */
  readonly now: Instant;
  readonly random: Random;
  readonly vault: Vault;
}

/** A transaction that may change rows. */
export interface Writing extends Reading {
  /** Runs after the commit, never after a rollback: forgetting cached facts, waking workers. */
  afterCommit(effect: () => void): void;
}

export interface WriteOptions {
  /**
   * Keys such as `account:ID` or `package:NAME`. Writes that share one take turns, over all processes, so that
   * likely conflicts cost a wait instead of a retry. Correctness never depends on them.
   */
  readonly serialise?: readonly string[];
}

export interface Store {
  readonly dialect: Dialect;
  readonly clock: Clock;
  read<T>(work: (tx: Reading) => Promise<T>): Promise<T>;
  write<T>(work: (tx: Writing) => Promise<T>, options?: WriteOptions): Promise<T>;
  /**
   * The same store, able to seal and open. The data keys themselves live in the store, so it is opened first and
   * unlocked after.
   */
  unlock(vault: Vault): Store;
  close(): Promise<void>;
}

/** What a driver provides: connections, transactions, turns between processes. One file each. */
export interface Engine {
  readonly dialect: Dialect;
  read<T>(work: (sql: Kysely<Tables>) => Promise<T>): Promise<T>;
  write<T>(work: (sql: Kysely<Tables>) => Promise<T>, keys: readonly string[]): Promise<T>;
  close(): Promise<void>;
}

const locked: Vault = {
  seal: () => {
    throw new Error('the store is locked: no vault yet');
  },
  open: () => {
    throw new Error('the store is locked: no vault yet');
  },
  hmac: () => {
    throw new Error('the store is locked: no vault yet');
  },
  renew: () => {
    throw new Error('the store is locked: no vault yet');
  },
};

/** Puts the ports beside an engine's transactions. */
export function createStore(engine: Engine, clock: Clock, random: Random, vault: Vault = locked): Store {
  const context = () => ({ dialect: engine.dialect, now: clock.now(), random, vault });
  return {
    dialect: engine.dialect,
    clock,
    read: (work) => engine.read((sql) => work({ ...context(), sql })),
    write: async (work, options = {}) => {
      let effects: (() => void)[] = [];
      const result = await engine.write((sql) => {
        effects = [];
        const afterCommit = (effect: () => void): void => void effects.push(effect);
        return work({ ...context(), sql, afterCommit });
      }, options.serialise ?? []);
      for (const effect of effects) effect();
      return result;
    },
    unlock: (opened) => createStore(engine, clock, random, opened),
    close: () => engine.close(),
  };
}
