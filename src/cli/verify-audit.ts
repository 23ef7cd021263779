import { verifyAudit } from '../ledger/audit.ts';
import type { Invocation } from './command.ts';
import { onConsole } from './console.ts';
import { show } from './output.ts';
import { exitCodes, misunderstood } from './problem.ts';

function readHead(text: string): { sequence: number; hash: string } {
  const [, sequence, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (sequence === undefined || hash === undefined) {
    return misunderstood('--head is a sequence number and a hash of 64 hex digits, such as 12:0f3c….');
  }
  return { sequence: Number(sequence), hash };
}

/** `tallystick audit verify`: 1 when a row is not what it was. */
export async function verify(invocation: Invocation): Promise<number> {
  const text = invocation.flags.get('--head');
  const known = text === undefined ? undefined : readHead(text);
  return onConsole(invocation, async ({ store }) => {
    const { verified, pending, head, broken } = await verifyAudit(store, known);
    const whole = broken === undefined;
    show(invocation, { whole, verified, pending, head: head ?? null, broken: broken ?? null }, () => [
      whole
        ? `The security log is whole: ${verified} rows${pending > 0 ? `, ${pending} not linked yet` : ''}.`
        : `The security log was altered at row ${broken.sequence}: ${broken.because}. ${verified} rows before it are right.`,
      ...(head === undefined ? [] : [`Head: ${head.sequence}:${head.hash}`]),
    ]);
    return whole ? exitCodes.done : exitCodes.refused;
  });
}
