import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFailure } from '../../src/kernel/failure.ts';
import { readTarball } from '../../src/packages/tarball.ts';
import type { Dialect } from '../../src/store/store.ts';
import { tarballs } from '../fuzz/bytes.ts';
import { type Put, puts, revision } from '../fuzz/documents.ts';
import { watchStalls } from '../fuzz/stalls.ts';
import { openApp, type TestApp } from '../support/app.ts';
import { eachDialect } from '../support/dialects.ts';
import { signUp } from './publisher.ts';
import { cut } from './uploads.ts';

// A few inputs with every run of the tests, the same ones each time; `npm run fuzz` takes many and others.
const long = Number(process.env.TALLYSTICK_FUZZ ?? 0);
const seed = Number(process.env.TALLYSTICK_FUZZ_SEED ?? (long > 0 ? Date.now() % 2 ** 31 : 1));
const inputs = { sqlite: long || 200, postgres: Math.ceil(long / 10) || 60, tarballs: long || 1000 };
const limit = long > 0 ? 7_200_000 : 60_000;
const MiB = 1024 * 1024;

const tell = (what: string, line: string): void => {
  if (long > 0) console.log(`${what}, seed ${seed}: ${line}`);
};

/** What is there of a package. */
interface State {
  status: number;
  text: string;
  revision: string;
  versions: Record<string, { dist: { integrity: string; tarball: string } }>;
}

async function stateOf(app: TestApp, token: string, name: string): Promise<State> {
  const { statusCode, body, json } = await app.ask('GET', `/${name}?write=true`, { token });
  const document = statusCode === 200 ? json() : {};
  return { status: statusCode, text: body, revision: document._rev, versions: document.versions ?? {} };
}

const send = (app: TestApp, token: string, name: string, { suffix, body }: Put, now: string) =>
  app.app.server.inject({
    method: 'PUT',
    url: `/${name}${suffix.replace(revision, now)}`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    payload: Buffer.from(body.toString('latin1').replaceAll(revision, now), 'latin1'),
  });

/** A refusal changed nothing; an acceptance added at most one version, whose bytes are there and are the ones it names. */
async function checkOutcome(
  app: TestApp,
  token: string,
  answer: Awaited<ReturnType<typeof send>>,
  [before, after]: readonly [State, State],
): Promise<void> {
  const told: { error?: unknown; message?: unknown } = answer.json();
  if (answer.statusCode >= 400) {
    expect([typeof told.error, told.message]).toEqual(['string', told.error]);
    expect(after.text).toBe(before.text);
    return;
  }
  const added = Object.keys(after.versions).filter((version) => !Object.hasOwn(before.versions, version));
  expect(added.length).toBeLessThanOrEqual(1);
  for (const version of added) {
    const { integrity, tarball } = after.versions[version]?.dist ?? { integrity: '', tarball: 'http://x/' };
    const { statusCode, rawPayload } = await app.ask('GET', new URL(tarball).pathname, { token });
    expect(statusCode).toBe(200);
    expect(`sha512-${createHash('sha512').update(rawPayload).digest('base64')}`).toBe(integrity);
  }
  for (const version of Object.keys(before.versions).filter((version) =>
    Object.hasOwn(after.versions, version),
  ))
    expect(after.versions[version]?.dist).toEqual(before.versions[version]?.dist);
}

async function fuzzDocuments(dialect: Dialect): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-fuzz-'));
  const app = await openApp(dialect, {
    TALLYSTICK_DATA_DIR: folder,
    TALLYSTICK_TARBALL_LIMIT: '1MiB',
    TALLYSTICK_WRITE_LIMIT: 'off',
  });
  const token = await signUp(app, 'alice');
  const stalls = watchStalls();
  const counts = new Map<number, number>();
  // An unpublished name is of no use for a day.
  const perPackage = 60;
  try {
    for (let round = 0; round * perPackage < inputs[dialect]; round += 1) {
      const name = round % 2 === 0 ? `fuzz${round}` : `@alice/fuzz${round}`;
      let before = await stateOf(app, token, name);
      const property = fc.asyncProperty(puts(name), async (put) => {
        app.clock.advance(50);
        const answer = await stalls.measure(() => send(app, token, name, put, before.revision ?? '1-none'));
        counts.set(answer.statusCode, (counts.get(answer.statusCode) ?? 0) + 1);
        const after = await stateOf(app, token, name);
        const states = [before, after] as const;
        before = after;
        expect(answer.statusCode, answer.body).toBeLessThan(500);
        await checkOutcome(app, token, answer, states);
      });
      const numRuns = Math.min(perPackage, inputs[dialect] - round * perPackage);
      await fc.assert(property, { seed: seed + round, numRuns });
      expect(readdirSync(join(folder, 'blobs', 'temporary'))).toEqual([]);
    }
    expect(app.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(counts.get(201)).toBeGreaterThan(0);
    tell(
      `documents on ${dialect}`,
      `${stalls.report()}; answers ${JSON.stringify(Object.fromEntries(counts))}`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

eachDialect('damaged documents', (dialect) => {
  test('are published or refused, with nothing in between', { timeout: limit }, () => fuzzDocuments(dialect));
});

test('damaged tarballs are read or refused with a reason', { timeout: limit }, async () => {
  const stalls = watchStalls();
  const manifest = { name: 'foo', version: '1.0.0' };
  const counts = { read: 0, refused: 0 };
  // Borders of pieces anywhere, but few of them: reading a piece costs more than what is in it.
  const pieces = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1000, max: 5000 }));
  const property = fc.asyncProperty(tarballs(manifest), pieces, async (bytes, lengths) => {
    const outcome = await stalls.measure(() =>
      readTarball(cut(bytes, lengths), bytes.length, MiB).catch((thrown: unknown) => thrown),
    );
    if (isFailure(outcome, 'tarball_refused')) {
      counts.refused += 1;
      return;
    }
    counts.read += 1;
    if (outcome instanceof Error) throw outcome;
    expect(outcome).toMatchObject({ manifest: expect.any(Object), hasShrinkwrap: expect.any(Boolean) });
    const { files, fileCount, unpackedSize } = outcome as Awaited<ReturnType<typeof readTarball>>;
    expect(fileCount).toBe(files.length);
    expect(new Set(files).size).toBe(files.length);
    expect(files).toContain('package.json');
    for (const path of files) expect(path).toMatch(/^(?!.*(^|\/)\.{0,2}(\/|$))[^\\\0]+$/);
    expect(unpackedSize).toBeGreaterThanOrEqual(0);
    expect(unpackedSize).toBeLessThanOrEqual(MiB);
  });
  await fc.assert(property, { seed, numRuns: inputs.tarballs });
  expect(counts.read).toBeGreaterThan(0);
  expect(counts.refused).toBeGreaterThan(0);
  tell('tarballs', `${stalls.report()}; ${JSON.stringify(counts)}`);
});
