/**
 * From a bearer to whom it stands for. What was read is remembered for at most a second (SE6), and forgotten at once
 * where this process ends a credential itself; uses are written down in batches.
 */
import { type Ending, onEnding } from '../accounts/endings.ts';
import { parseRange, type Range } from '../kernel/cidr.ts';
import type { Instant, Log } from '../kernel/ports.ts';
import { hashSecret, isTokenShaped } from '../kernel/secrets.ts';
import type { Dead } from '../policy/actor.ts';
import type { Grants } from '../policy/grants.ts';
import type { Store } from '../store/store.ts';
import { grantsIn } from './grants.ts';
import { endOfLife, noticeOf } from './life.ts';
import { type HeldToken, markExpired, noteUse, readByHash } from './tokens.sql.ts';

/** What a bearer turned out to be. */
export type Recognised =
  | {
      readonly alive: true;
      /** The token's key. */
      readonly id: string;
      readonly kind: HeldToken['kind'];
      readonly account: { readonly id: string; readonly name: string };
      /** Address ranges that it is limited to, or null. */
      readonly cidr: readonly Range[] | null;
      /** What it is limited to, or null. */
      readonly grants: Grants | null;
      /** A word to its user, sent as `npm-notice`, or null. */
      readonly notice: string | null;
    }
  | {
      readonly alive: false;
      readonly why: Dead;
      /** Whose it was, and its key: told of credentials that a freeze stopped. */
      readonly whose?: { readonly id: string; readonly name: string; readonly token: string };
    };

/** Recognises bearers; one per process. */
export interface Recogniser {
  /**
   * Whom a bearer stands for. A text that is no token of ours is told apart without a question to the database. A
   * token whose life is over is refused for ever, whatever the clock says later (RN2).
   */
  recognise(bearer: string, use: { address: string | null; at: Instant }): Promise<Recognised>;
  /** The same where it was read within the last second and the token lives; undefined otherwise. */
  remember(bearer: string, at: Instant): Recognised | undefined;
  /** Writes down the uses that are not yet. */
  flush(): Promise<void>;
  /** Stops listening and writes the last uses down. */
  close(): Promise<void>;
}

interface Remembered {
  readonly held: HeldToken;
  /** The latest use that this process knows of; ahead of the database until a batch is written. */
  lastUsed: Instant | null;
  /** By the monotonic clock. */
  readonly readAt: number;
  /** What it stands for while it lives and nothing is to be said to its user. */
  readonly plain: Recognised & { readonly alive: true };
}

const remembers = 1000;
const most = 10_000;
/** Bearers whose hash is remembered as long as what was read of them: hashing is most of what they cost. */
const mostBearers = 1000;
const flushAfter = 1000;
/** Uses closer together than this, or than a tenth of the idle life, are one. */
const sameUse = 60_000;

const invalid: Recognised = { alive: false, why: 'credential_invalid' };

const readRanges = (cidr: string | null): readonly Range[] | null =>
  cidr === null ? null : (JSON.parse(cidr) as string[]).flatMap((range) => parseRange(range) ?? []);

/** Puts the memory and the batches over a store. `monotonic` counts milliseconds and never goes back. */
export function createRecogniser(
  store: Store,
  { log, monotonic = () => performance.now() }: { log: Log; monotonic?: () => number },
): Recogniser {
  const memory = new Map<string, Remembered>();
  /** Only bearers that were found, so that guesses do not crowd them out. */
  const hashes = new Map<string, string>();
  let hashesSince = 0;
  const questions = new Map<string, Promise<Remembered | undefined>>();
  let uses = new Map<string, Instant>();
  let underWay = new Map<string, Instant>();
  let timer: NodeJS.Timeout | undefined;
  /** Rises with every ending: what was read before one must not be remembered after it. */
  let endings = 0;

  const forget = (ending: Ending): void => {
    endings += 1;
    questions.clear();
    for (const [hash, { held }] of memory) {
      if ('token' in ending ? held.id === ending.token : held.account_id === ending.account) {
        memory.delete(hash);
      }
    }
  };
  const stopListening = onEnding(forget);

  const ask = async (hash: string): Promise<Remembered | undefined> => {
    const before = endings;
    const held = await store.read((tx) => readByHash(tx, hash));
    if (held === undefined) return undefined;
    const noted = Math.max(uses.get(held.id) ?? 0, underWay.get(held.id) ?? 0, held.last_used_at ?? 0);
    const lastUsed = noted === 0 ? null : noted;
    const ranges = readRanges(held.cidr);
    const grants = grantsIn(held);
    const account = { id: held.account_id, name: held.account_name };
    const plain: Remembered['plain'] = {
      alive: true,
      id: held.id,
      kind: held.kind,
      account,
      cidr: ranges,
      grants,
      notice: null,
    };
    const found = { held, lastUsed, plain, readAt: monotonic() };
    if (endings === before) {
      const [oldest] = memory.keys();
      if (memory.size >= most && oldest !== undefined) memory.delete(oldest);
      memory.set(hash, found);
    }
    return found;
  };

  const find = async (hash: string): Promise<Remembered | undefined> => {
    const kept = memory.get(hash);
    if (kept !== undefined && monotonic() - kept.readAt < remembers) return kept;
    memory.delete(hash);
    const asked = questions.get(hash) ?? ask(hash);
    questions.set(hash, asked);
    try {
      return await asked;
    } finally {
      if (questions.get(hash) === asked) questions.delete(hash);
    }
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const batch = uses;
    if (batch.size === 0) return;
    uses = new Map();
    underWay = batch;
    try {
      await store.write(
        async (tx) => {
          for (const [id, at] of batch) await noteUse(tx, id, at);
        },
        { serialise: ['token-uses'] },
      );
    } catch (thrown) {
      for (const [id, at] of batch) uses.set(id, Math.max(at, uses.get(id) ?? 0));
      throw thrown;
    } finally {
      if (underWay === batch) underWay = new Map();
    }
  };

  /** A database that is away must not stop what comes after: the uses are tried again with the next batch. */
  const flushOrWarn = (): Promise<void> =>
    flush().catch((thrown) =>
      log.warn({ because: String(thrown) }, 'uses of access tokens were not written down'),
    );

  const note = (found: Remembered, at: Instant): void => {
    const apart = Math.min(sameUse, (found.held.idle_life ?? Number.POSITIVE_INFINITY) / 10);
    if (found.lastUsed !== null && at - found.lastUsed < apart) return;
    found.lastUsed = at;
    uses.set(found.held.id, at);
    timer ??= setTimeout(flushOrWarn, flushAfter).unref();
  };

  /** Writes down that a life is over and says since when; undefined when another process saw the token used meanwhile. */
  const expire = async ({ held, lastUsed }: Remembered, at: Instant): Promise<Instant | undefined> => {
    memory.delete(held.hash);
    return store.write(async (tx) => {
      const now = await readByHash(tx, held.hash);
      const used = Math.max(now?.last_used_at ?? 0, lastUsed ?? 0);
      const end = endOfLife(now ?? held, used === 0 ? null : used);
      if (end === undefined || at < end) return undefined;
      await markExpired(tx, held.id, end);
      return end;
    });
  };

  const judgeEnded = async (found: Remembered, at: Instant): Promise<Recognised> => {
    const expiredAt = await expire(found, at);
    if (expiredAt !== undefined) return { alive: false, why: { expiredAt } };
    const newer = await find(found.held.hash);
    return newer === undefined || newer === found ? invalid : judge(newer, at);
  };

  const hasEnded = ({ held, lastUsed }: Remembered, at: Instant): boolean => {
    const end = endOfLife(held, lastUsed);
    return end !== undefined && at >= end;
  };

  const judge = (found: Remembered, at: Instant): Recognised | Promise<Recognised> => {
    const { held } = found;
    if (held.revoked_at !== null) return invalid;
    if (held.expired_at !== null) return { alive: false, why: { expiredAt: held.expired_at } };
    return hasEnded(found, at) ? judgeEnded(found, at) : judgeLiving(found, at);
  };

  const judgeLiving = (found: Remembered, at: Instant): Recognised => {
    const { held, plain } = found;
    // What strangers read stays open to whoever holds it, and nothing else (RV8).
    if (held.account_frozen_at !== null)
      return {
        alive: false,
        why: 'account_frozen',
        whose: { id: held.account_id, name: held.account_name, token: held.id },
      };
    note(found, at);
    const notice = noticeOf(held, at);
    return notice === null ? plain : { ...plain, notice };
  };

  /** What is remembered of a bearer; none of its text outlives what was read of it by more than a second. */
  const recall = (bearer: string): Remembered | undefined => {
    const now = monotonic();
    if (now - hashesSince >= remembers) {
      hashes.clear();
      hashesSince = now;
      return undefined;
    }
    const hash = hashes.get(bearer);
    const kept = hash === undefined ? undefined : memory.get(hash);
    return kept !== undefined && now - kept.readAt < remembers ? kept : undefined;
  };

  return {
    remember: (bearer, at) => {
      const kept = recall(bearer);
      if (kept === undefined || kept.held.revoked_at !== null || kept.held.expired_at !== null)
        return undefined;
      return hasEnded(kept, at) ? undefined : judgeLiving(kept, at);
    },
    recognise: async (bearer, { at }) => {
      const kept = recall(bearer);
      if (kept) return judge(kept, at);
      if (!isTokenShaped(bearer)) return invalid;
      const hash = hashSecret(bearer);
      const found = await find(hash);
      if (found === undefined) return invalid;
      if (hashes.size < mostBearers) hashes.set(bearer, hash);
      return judge(found, at);
    },
    flush,
    close: async () => {
      stopListening();
      await flushOrWarn();
    },
  };
}
