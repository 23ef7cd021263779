/** The ledger's background work: links, mails, counts of refused requests, and the chain's head in the log. */
import type { CheckpointKeeper, Log, Mailer } from '../kernel/ports.ts';
import type { Store } from '../store/store.ts';
import { linkPending } from './audit.ts';
import { keepChainHead } from './checkpoints.ts';
import { closeFloods, type Floods } from './floods.ts';
import type { Site } from './mail.ts';
import { deliverDue, sweepOutbox } from './outbox.ts';

export interface LedgerWork {
  store: Store;
  mailer: Mailer;
  log: Log;
  site: Site;
  floods: Floods;
  /** Where checkpoints of the chain go beside the log. */
  keeper?: CheckpointKeeper | undefined;
}

const second = 1000;
const hour = 3600 * second;

/** Background work: what it is called in the log, and the pause in milliseconds after each time. */
export interface Task {
  name: string;
  pause: number;
  run: () => Promise<unknown>;
}

/**
 * Runs a task again and again, one at a time; a failure is logged and tried again after a longer pause. The returned
 * function ends it and resolves when it is no longer under way.
 */
export function repeat(task: Task, log: Log): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> = Promise.resolve();
  const once = async (): Promise<void> => {
    let pause = task.pause;
    try {
      await task.run();
    } catch (thrown) {
      log.error({ task: task.name, because: String(thrown) }, 'background work failed, will be tried again');
      pause = Math.max(pause, 10 * second);
    }
    if (!stopped) schedule(pause);
  };
  const schedule = (pause: number): void => {
    timer = setTimeout(() => {
      underWay = once();
    }, pause);
    timer.unref();
  };
  underWay = once();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await underWay;
  };
}

/** Starts the background work; the returned function ends it and resolves when nothing is under way any more. */
export function startLedger({ store, mailer, log, site, floods, keeper }: LedgerWork): () => Promise<void> {
  const stopping = new AbortController();
  const delivery = { store, mailer, log, site, signal: stopping.signal };
  const tasks: Task[] = [
    { name: 'deliver mail', pause: second, run: () => deliverDue(delivery) },
    { name: 'count refused requests', pause: second, run: () => floods.flush(store) },
    { name: 'write counts to the audit', pause: 30 * second, run: () => closeFloods(store) },
    { name: 'keep the chain head', pause: hour, run: () => keepChainHead(store, { log, keeper, site }) },
    { name: 'sweep the outbox', pause: hour, run: () => sweepOutbox(store) },
  ];
  if (store.dialect === 'postgres') {
    tasks.push({ name: 'link the audit', pause: second / 2, run: () => linkPending(store) });
  }
  const stops = tasks.map((task) => repeat(task, log));
  return async () => {
    stopping.abort();
    await Promise.all(stops.map((stop) => stop()));
    try {
      await floods.flush(store);
      await linkPending(store);
    } catch (thrown) {
      // A database that is away must not keep the process from stopping; the next start links what waits.
      log.warn({ because: String(thrown) }, 'stopped without the last work of the ledger');
    }
  };
}
