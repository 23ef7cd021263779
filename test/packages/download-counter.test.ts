import { expect, it } from 'vitest';
import { createDownloadCounter, startCounting } from '../../src/packages/downloads.ts';
import type { Store } from '../../src/store/store.ts';
import { openApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { createLog } from '../support/ports.ts';
import { mustPublish, packumentOf, signUp } from './publisher.ts';

eachDialect('counting downloads', (dialect) => {
  const open = async () => {
    const app = await openApp(dialect);
    const token = await signUp(app, 'alice');
    await mustPublish(app, token, { name: 'foo', version: '1.0.0' });
    const { _rev } = await packumentOf(app, 'foo');
    const told = async (path: string): Promise<number> =>
      (await app.ask('GET', `/downloads/point/${path}`)).json().downloads;
    return {
      app,
      id: String(_rev).replace(/^\d+-/, ''),
      told,
      counter: createDownloadCounter(app.app.store, app.clock),
    };
  };

  it('writes nothing by itself, and all of it at once', async () => {
    const { id, told, counter } = await open();
    for (let count = 0; count < 5; count += 1) counter.count(id, `1.0.${count % 2}`, true);
    expect(await told('last-day/foo')).toBe(0);
    await counter.flush();
    expect(await told('last-day/foo')).toBe(5);
    expect(await told('last-day')).toBe(5);
    await counter.flush();
    expect(await told('last-day/foo')).toBe(5);
  });

  it('adds up over processes, batches and midnight', async () => {
    const { app, id, told, counter } = await open();
    const other = createDownloadCounter((await app.another()).app.store, app.clock);
    for (let count = 0; count < 450; count += 1) {
      counter.count(id, `1.0.${count}`, true);
      other.count(id, `1.0.${449 - count}`, true);
    }
    await Promise.all([counter.flush(), other.flush(), counter.flush()]);
    expect(await told('last-day/foo')).toBe(900);
    app.clock.advance(12 * 3_600_000);
    counter.count(id, '1.0.0', true);
    await counter.flush();
    expect(await told('last-day/foo')).toBe(1);
    expect(await told('last-week/foo')).toBe(901);
    expect(await told('2026-01-15')).toBe(900);
  });

  it('keeps what came while it wrote, and what it could not write', async () => {
    const { app, id, told } = await open();
    let failing = true;
    const { store } = app.app;
    const broken: Store = {
      ...store,
      write: (work, options) => (failing ? Promise.reject(new Error('disk')) : store.write(work, options)),
    };
    const counter = createDownloadCounter(broken, app.clock);
    counter.count(id, '1.0.0', true);
    const flushed = counter.flush();
    counter.count(id, '1.0.0', true);
    await expect(flushed).rejects.toThrow('disk');
    failing = false;
    await counter.flush();
    expect([await told('last-day/foo'), await told('last-day')]).toEqual([2, 2]);
  });

  it('writes the rest when the server stops, and lets it stop where it cannot', async () => {
    const { app, id, told, counter } = await open();
    const log = createLog();
    const stop = startCounting(counter, log);
    counter.count(id, '1.0.0', false);
    await stop();
    expect(await told('last-day/foo')).toBe(1);
    const broken: Store = { ...app.app.store, write: () => Promise.reject(new Error('away')) };
    const lost = createDownloadCounter(broken, app.clock);
    const stopLost = startCounting(lost, log);
    lost.count(id, '1.0.0', false);
    await stopLost();
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'stopped without the last download counts' }]);
  });

  it('is drained by the server itself', async () => {
    const { app, told } = await open();
    const second = await app.another();
    expect((await second.ask('GET', '/foo/-/foo-1.0.0.tgz')).statusCode).toBe(200);
    await second.app.close();
    expect(await told('last-day/foo')).toBe(1);
  });
});
