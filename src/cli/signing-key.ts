/** `tallystick admin signing-key …`: the key that signs versions, on the operator's console. */
import { rotateSigningKey } from '../packages/signing.ts';
import type { Invocation } from './command.ts';
import { onConsole } from './console.ts';
import { show } from './output.ts';

/** `admin signing-key rotate`: also beside a running server, which signs with the new key at once. */
export function rotateKey(invocation: Invocation): Promise<number> {
  return onConsole(invocation, async ({ gate }) => {
    const made = await gate.onConsole('site.rotateSigningKey', { on: 'site' }, rotateSigningKey);
    show(invocation, { keyid: made.id }, () => [
      `Versions are signed with the new key ${made.id}.`,
      'The old key goes on verifying what it signed.',
    ]);
    return 0;
  });
}
