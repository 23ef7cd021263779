/**
 * READMEs as HTML. Made in a thread of its own, which is there only while it is needed: the parser is large, and a text
 * that was made to be hard costs it seconds that no other request should feel.
 */
import { hash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { ByteCache } from '../../packages/cache.ts';
import type { ReadmeOrigin } from './links.ts';
import { longestShown, showPlain } from './plain.ts';
import type { Rendered, RenderRequest } from './render.worker.ts';

export interface ReadmeLimits {
  /** How long one text may take, in milliseconds; afterwards it is shown as it was written. */
  readonly patience: number;
  /** How long the thread stays after its last text, in milliseconds. */
  readonly lingers: number;
  /** How long a page waits for its text, other texts before it included, in milliseconds. */
  readonly wait: number;
  /** How many texts wait for the thread at most; who comes later sees his as it was written. */
  readonly waiting: number;
}

export interface ReadmeRenderer {
  /**
   * Safe HTML of a README (WE4), to be put into the page as it is. Never fails: what cannot be laid out is shown as it
   * was written.
   */
  render(markdown: string, origin: ReadmeOrigin): Promise<string>;
  /** Ends the thread, if there is one. */
  close(): Promise<void>;
}

const usual: ReadmeLimits = { patience: 3000, lingers: 30_000, wait: 5000, waiting: 32 };
const cacheBytes = 8 * 1024 * 1024;
const memory = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

const summon = (): Worker => {
  const source = import.meta.url.endsWith('.ts') ? './render.worker.ts' : './render.worker.js';
  const worker = new Worker(new URL(source, import.meta.url), { resourceLimits: memory });
  worker.unref();
  return worker;
};

/** Has the worker do one text; undefined where it took too long, ran out of memory or died. */
const ask = (worker: Worker, request: RenderRequest, patience: number): Promise<Rendered | undefined> =>
  new Promise((resolve) => {
    const settle = (answer: Rendered | undefined): void => {
      clearTimeout(stuck);
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
      // A thread that is being ended may still fail, which is nobody's concern then.
      worker.on('error', () => {});
      resolve(answer);
    };
    const stuck = setTimeout(settle, patience, undefined);
    worker.on('message', settle);
    worker.on('error', () => settle(undefined));
    worker.on('exit', () => settle(undefined));
    worker.postMessage(request);
  });

/** A renderer with a thread and a cache of its own; nothing is loaded before the first text. */
export function createReadmeRenderer(limits: ReadmeLimits = usual): ReadmeRenderer {
  const cache = new ByteCache<string>(cacheBytes);
  const under = new Map<string, Promise<string>>();
  let worker: Worker | undefined;
  let leaving: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let lastNumber = 0;

  const dismiss = async (): Promise<void> => {
    const dismissed = worker;
    worker = undefined;
    await dismissed?.terminate();
  };

  const layOut = async (markdown: string, origin: ReadmeOrigin): Promise<string> => {
    clearTimeout(leaving);
    worker ??= summon();
    lastNumber += 1;
    const answer = await ask(worker, { number: lastNumber, markdown, origin }, limits.patience);
    if (answer === undefined) await dismiss();
    leaving = setTimeout(() => void dismiss(), limits.lingers).unref();
    return answer?.html ?? showPlain(markdown);
  };

  /** One text at a time: the time that one is given begins when the thread is free for it. */
  const inTurn = (markdown: string, origin: ReadmeOrigin): Promise<string> => {
    const mine = last.then(() => layOut(markdown, origin)).catch(() => showPlain(markdown));
    last = mine;
    return mine;
  };

  const start = (key: string, markdown: string, origin: ReadmeOrigin): Promise<string> => {
    const work = inTurn(markdown, origin)
      .then((html) => {
        cache.set(key, html, html.length * 2);
        return html;
      })
      .finally(() => under.delete(key));
    under.set(key, work);
    return work;
  };

  const hurried = (work: Promise<string>, markdown: string): Promise<string> =>
    new Promise((resolve) => {
      const late = setTimeout(() => resolve(showPlain(markdown)), limits.wait);
      void work.then(resolve).finally(() => clearTimeout(late));
    });

  return {
    render: async (markdown, { repository, directory }) => {
      if (markdown.length > longestShown) return showPlain(markdown);
      const key = hash('sha256', JSON.stringify([markdown, repository, directory]));
      const known = cache.get(key);
      if (known !== undefined) return known;
      const begun = under.get(key);
      if (begun === undefined && under.size >= limits.waiting) return showPlain(markdown);
      return hurried(begun ?? start(key, markdown, { repository, directory }), markdown);
    },
    close: async () => {
      clearTimeout(leaving);
      await dismiss();
    },
  };
}
