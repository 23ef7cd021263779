import type { Token } from '../../tokens/token.ts';
import { browserIn } from './clients.ts';
import { sayAccess } from './token-words.ts';

/** What a token may do, from where, and what a login was made with. */
export function TokenAccess({ token }: { readonly token: Token }) {
  return (
    <>
      {sayAccess(token).join(' ')}
      {token.ranges && <> Only from {token.ranges.join(', ')}.</>}
      {token.kind === 'session' && token.createdAgent && <> Made with {browserIn(token.createdAgent)}.</>}
    </>
  );
}
