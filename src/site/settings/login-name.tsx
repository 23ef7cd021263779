import type { Token } from '../../tokens/token.ts';
import { Time } from '../parts/time.tsx';

/** A login by its token, and until when it is guarded (SE7). */
export const LoginName = ({ login, now }: { readonly login: Token; readonly now: number }) => (
  <>
    <code>{login.prefix}…</code>
    {login.guardedUntil !== null && now < login.guardedUntil && (
      <p class="muted">
        From a new network: each write asks for a code. Ends <Time at={login.guardedUntil} now={now} />.
      </p>
    )}
  </>
);
