/** Whoever may run a command on the server's console. */
import type { Instant } from '../kernel/ports.ts';
import type { Actor } from '../policy/actor.ts';

/** The operator at the console; `now` makes its request's name. */
export const consoleActor = (now: Instant): Actor => ({
  credential: 'console',
  account: null,
  token: null,
  session: null,
  device: null,
  dead: null,
  addressAllowed: true,
  grants: null,
  address: null,
  userAgent: 'console',
  requestId: `console-${now}`,
  code: null,
  claim: null,
  notice: null,
  receivedAt: now,
});
