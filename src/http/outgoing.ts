/**
 * What is being sent is held in memory until the client has taken it. Caches are bounded, but a document that left its cache
 * lives on for whoever takes it slowly: so all of them together are bounded here, and the time that each may take.
 */
import type { ServerResponse } from 'node:http';
import { fail } from '../kernel/failure.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

/** How much may be on its way, and for how long. */
export interface OutgoingLimits {
  /** Bodies up to so many bytes are not counted: connections are bounded otherwise. */
  readonly free: number;
  /** Bytes of different bodies at a time; one that many take counts once. */
  readonly total: number;
  /** Milliseconds that every client has, whatever it takes. */
  readonly patience: number;
  /** And the bytes that it must take each second beyond that. */
  readonly bytesPerSecond: number;
}

export const outgoingLimits: OutgoingLimits = {
  free: 64 * KiB,
  total: 256 * MiB,
  patience: 60_000,
  bytesPerSecond: 64 * KiB,
};

/** Notes that a body is about to be sent. Fails with `busy` where too much is on its way already. */
export type Admit = (response: ServerResponse, body: unknown) => void;

/** Bounds what a server holds for those who take it; who takes longer than is allowed is disconnected. */
export function limitOutgoing(limits: OutgoingLimits = outgoingLimits): Admit {
  const takers = new Map<Buffer, number>();
  let held = 0;

  const release = (body: Buffer): void => {
    const left = (takers.get(body) ?? 0) - 1;
    if (left > 0) return void takers.set(body, left);
    takers.delete(body);
    held -= body.length;
  };

  return (response, body) => {
    if (!Buffer.isBuffer(body) || body.length <= limits.free) return;
    const others = takers.get(body);
    if (others === undefined) {
      if (held > 0 && held + body.length > limits.total) fail('busy', { retryAfter: 10 });
      held += body.length;
    }
    takers.set(body, (others ?? 0) + 1);
    const time = limits.patience + (body.length / limits.bytesPerSecond) * 1000;
    const timer = setTimeout(() => response.destroy(), time).unref();
    response.once('close', () => {
      clearTimeout(timer);
      release(body);
    });
  };
}
