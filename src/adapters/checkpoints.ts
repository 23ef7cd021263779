/** Where checkpoints of the security log go: a file that grows, or a webhook (AU1). */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Checkpoint, CheckpointKeeper } from '../kernel/ports.ts';

const patience = 15_000;

/** Appends a line of JSON to a file, durably, made 0600 where there is none. */
async function append(path: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a', 0o600);
  try {
    await file.appendFile(`${JSON.stringify(checkpoint)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Posts it as JSON. Throws without naming the address, which may hold a secret, unless the answer is a success. */
async function post(url: string, checkpoint: Checkpoint): Promise<void> {
  const { username, password } = new URL(url);
  const target = new URL(url);
  target.username = '';
  target.password = '';
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (username !== '' || password !== '') {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
  }
  let status: number;
  try {
    const answer = await fetch(target, {
      method: 'POST',
      headers,
      body: JSON.stringify(checkpoint),
      // A redirect could carry the head to somebody who was not chosen.
      redirect: 'manual',
      signal: AbortSignal.timeout(patience),
    });
    await answer.body?.cancel();
    status = answer.status;
  } catch (thrown) {
    const { name, cause } = thrown as { name?: string; cause?: { code?: string } };
    throw new Error(`the webhook of checkpoints at ${target.host} was not reached (${cause?.code ?? name})`);
  }
  if (status < 200 || status > 299)
    throw new Error(`the webhook of checkpoints at ${target.host} answered ${status}`);
}

/** A keeper for the setting: a path, or an http(s) URL. */
export function createCheckpointKeeper(place: string): CheckpointKeeper {
  return {
    keep: (checkpoint) => (/^https?:/i.test(place) ? post(place, checkpoint) : append(place, checkpoint)),
  };
}
