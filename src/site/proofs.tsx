import type { FactorKinds } from '../factors/overview.ts';
import type { Failure } from '../kernel/failure.ts';
import type { Wanted } from '../policy/decide.ts';
import { sentenceOf } from './failures.tsx';
import { KeyButton } from './keys/parts.tsx';
import type { PageContext } from './parts/context.ts';
import { CodeField, PasswordField } from './parts/fields.tsx';
import { Problem } from './parts/notices.tsx';

/** Why a form was refused, above its fields; nothing where it was not. */
export function Refusal({ view: { failure } }: { readonly view: { readonly failure: Failure | undefined } }) {
  return failure ? <Problem title={sentenceOf(failure)} /> : null;
}

/** What `Proofs` knows of its form. */
interface ProvingView {
  readonly context: PageContext;
  readonly wanted: Wanted;
  readonly kinds: FactorKinds;
  readonly action: string;
}

/** The factor field in the words of what the account has. */
export function FactorField({ kinds }: { readonly kinds: FactorKinds }) {
  return kinds.app ? (
    <CodeField />
  ) : (
    <CodeField label="Recovery code" help="Your security key, or one of your codes of sixteen digits." />
  );
}

/**
 * The fields for the proofs that an act wants: the same everywhere, and only those that will be asked. `withKey`: whether
 * the form has no button of its own that asks for a key.
 */
export function Proofs({ view, withKey = true }: { readonly view: ProvingView; readonly withKey?: boolean }) {
  const { context, wanted, kinds, action } = view;
  return (
    <>
      {wanted.password && <PasswordField purpose="current" account={context.viewer?.name} />}
      {wanted.factor && <FactorField kinds={kinds} />}
      {wanted.factor && kinds.keys && withKey && (
        <KeyButton context={context} purpose="step-up" operation={action}>
          Use a security key
        </KeyButton>
      )}
    </>
  );
}
