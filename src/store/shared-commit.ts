/**
 * Writing on a database that has one writer: acts that wait at the same time share a transaction, and so the one wait for
 * the disk that its commit costs. Whoever joins has a savepoint of its own, so that what one refuses is nothing to the others.
 */
import { setImmediate } from 'node:timers/promises';

/** The writing connection's transactions. */
export interface Writer<C> {
  readonly connection: C;
  /** Begins a transaction that may write from its first statement on. */
  begin(): Promise<void>;
  commit(): Promise<void>;
  /** Takes everything back; no error where the database did so itself. */
  rollback(): Promise<void>;
  savepoint(): Promise<void>;
  /** Keeps what was done since the savepoint. */
  release(): Promise<void>;
  /** Takes back what was done since the savepoint. */
  rollbackToSavepoint(): Promise<void>;
}

interface Act<C> {
  readonly work: (connection: C) => Promise<unknown>;
  readonly resolve: (result: never) => void;
  readonly reject: (reason: unknown) => void;
}

/** How an act ended, told to nobody before the commit. */
type Outcome = { readonly result: unknown } | { readonly thrown: unknown };

/** The most acts of one transaction: the first of them waits for the last. */
const mostTogether = 16;

/**
 * A function that runs a work in a transaction and resolves once that is durable. Works run one at a time in the order of
 * asking; one may run again where the transaction that it shared did not come to its commit. Fails as the work or the
 * commit does.
 */
export function createSharedCommit<C>(
  writer: Writer<C>,
): <T>(work: (connection: C) => Promise<T>) => Promise<T> {
  const waiting: Act<C>[] = [];
  let isRunning = false;

  const tell = ({ resolve, reject }: Act<C>, outcome: Outcome): void => {
    if ('thrown' in outcome) reject(outcome.thrown);
    else resolve(outcome.result as never);
  };

  const alone = async (act: Act<C>): Promise<void> => {
    try {
      await writer.begin();
      const result = await act.work(writer.connection);
      await writer.commit();
      tell(act, { result });
    } catch (thrown) {
      await writer.rollback();
      tell(act, { thrown });
    }
  };

  /** Fails only where the savepoint is gone, and the transaction with it. */
  const attempt = async (act: Act<C>): Promise<Outcome> => {
    await writer.savepoint();
    try {
      const result = await act.work(writer.connection);
      await writer.release();
      return { result };
    } catch (thrown) {
      await writer.rollbackToSavepoint();
      return { thrown };
    }
  };

  /** Has others join a transaction in which the first act is done, and commits. */
  const share = async (acts: Act<C>[], outcomes: Outcome[]): Promise<void> => {
    while (acts.length < mostTogether) {
      // Whoever is about to ask may still come along, and whoever only reads need not wait for us all.
      await setImmediate();
      const next = waiting.shift();
      if (next === undefined) break;
      acts.push(next);
      outcomes.push(await attempt(next));
    }
    await writer.commit();
  };

  const begin = async (first: Act<C>): Promise<void> => {
    let result: unknown;
    try {
      await writer.begin();
      result = await first.work(writer.connection);
    } catch (thrown) {
      await writer.rollback();
      tell(first, { thrown });
      return;
    }
    const acts = [first];
    const outcomes: Outcome[] = [{ result }];
    try {
      await share(acts, outcomes);
    } catch (thrown) {
      await writer.rollback();
      if (acts.length === 1) tell(first, { thrown });
      // One of them broke it, and which is not known: by themselves each gets what it deserves.
      else for (const act of acts) await alone(act);
      return;
    }
    for (const [index, outcome] of outcomes.entries()) {
      const act = acts[index];
      if (act) tell(act, outcome);
    }
  };

  const run = async (): Promise<void> => {
    isRunning = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await begin(next);
    isRunning = false;
  };

  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push({ work, resolve, reject });
      if (!isRunning) void run();
    });
}
