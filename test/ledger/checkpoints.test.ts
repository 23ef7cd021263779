import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createCheckpointKeeper } from '../../src/adapters/checkpoints.ts';
import { exportAudit, linkPending, record } from '../../src/ledger/audit.ts';
import { keepChainHead } from '../../src/ledger/checkpoints.ts';
import { createLog } from '../support/ports.ts';
import { eachStore } from '../support/stores.ts';

const checkpoint = {
  at: '2026-01-15T12:00:00.000Z',
  site: 'http://localhost',
  sequence: 7,
  hash: 'a'.repeat(64),
};

interface Received {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A webhook on this machine that answers with a status. */
async function listen(status: number, headers: Record<string, string> = {}) {
  const received: Received[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      received.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(status, headers).end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { received, server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a checkpoint', () => {
  test('goes to a file as one line each, which only its user may read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tallystick-checkpoints-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'new', 'checkpoints.jsonl');
    const keeper = createCheckpointKeeper(path);
    await keeper.keep(checkpoint);
    await keeper.keep({ ...checkpoint, sequence: 8 });
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
      checkpoint,
      { ...checkpoint, sequence: 8 },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(createCheckpointKeeper(join(path, 'below')).keep(checkpoint)).rejects.toThrow();
  });

  test('goes to a webhook as JSON, with the name and password of its URL', async () => {
    const { received, host } = await listen(204);
    await createCheckpointKeeper(`http://me:pass%20word@${host}/hook?key=1`).keep(checkpoint);
    expect(received).toHaveLength(1);
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: '/hook?key=1',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from('me:pass word').toString('base64')}`,
      },
    });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual(checkpoint);
  });

  test.each([500, 404, 302])(
    'that is answered with %s is not kept, and the complaint shows no secret',
    async (status) => {
      const { received, host } = await listen(status, status === 302 ? { location: '/elsewhere' } : {});
      const keeping = createCheckpointKeeper(`http://me:hunter2@${host}/hook?key=hunter3`).keep(checkpoint);
      const thrown: unknown = await keeping.catch((caught: unknown) => caught);
      expect(String(thrown)).toContain(`${host} answered ${status}`);
      expect(String(thrown)).not.toMatch(/hunter/);
      expect(received).toHaveLength(1);
    },
  );

  test('that nobody takes is not kept', async () => {
    const { server, host } = await listen(200);
    await new Promise((resolve) => server.close(resolve));
    const keeping = createCheckpointKeeper(`http://${host}/hunter2`).keep(checkpoint);
    const thrown: unknown = await keeping.catch((caught: unknown) => caught);
    expect(String(thrown)).toContain('was not reached (ECONNREFUSED)');
    expect(String(thrown)).not.toMatch(/hunter/);
  });
});

eachStore((open) => {
  const fill = async () => {
    const world = await open();
    for (const target of ['one', 'two', 'three'])
      await world.store.write((tx) =>
        record(tx, { action: 'package.publish', outcome: 'done', actorKind: 'account', target }),
      );
    return world;
  };

  test('the newest link goes to the log and to the keeper; an empty log has none', async () => {
    const { store, clock } = await fill();
    await linkPending(store);
    const kept: unknown[] = [];
    const keeper = { keep: async (told: unknown) => void kept.push(told) };
    const log = createLog();
    const site = { publicUrl: 'https://npm.acme.example' };
    await keepChainHead(store, { log, keeper, site });
    const rows = [];
    for await (const row of exportAudit(store)) rows.push(row);
    expect(kept).toEqual([
      { at: new Date(clock.now()).toISOString(), site: site.publicUrl, sequence: 3, hash: rows[2]?.hash },
    ]);
    expect(log.lines).toHaveLength(1);
    const empty = await open();
    await keepChainHead(empty.store, { log, keeper, site });
    expect(kept).toHaveLength(1);
  });

  test('an export has every row in order, also those that waited for their link, or only what is behind one', async () => {
    const { store } = await fill();
    const targets = async (after?: number) => {
      const found: unknown[] = [];
      for await (const { sequence, entry } of exportAudit(store, after))
        found.push([sequence, (JSON.parse(entry) as { target: string }).target]);
      return found;
    };
    expect(await targets()).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
    ]);
    expect(await targets(2)).toEqual([[3, 'three']]);
    expect(await targets(9)).toEqual([]);
  });
});
