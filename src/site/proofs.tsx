import type { FactorKinds } from '../factors/overview.ts';
import type { Fields } from '../http/form-body.ts';
import type { Failure, FailureCode } from '../kernel/failure.ts';
import type { Wanted } from '../policy/decide.ts';
import { sentenceOf } from './failures.tsx';
import { KeyButton } from './keys/parts.tsx';
import type { PageContext } from './parts/context.ts';
import { CodeField, PasswordField } from './parts/fields.tsx';
import { Problem } from './parts/notices.tsx';

/** What `Refusal` knows of its form. */
interface RefusedView {
  readonly failure: Failure | undefined;
  readonly kinds?: FactorKinds;
  readonly values?: Fields;
  /** Of forms of people who are signed in. */
  readonly wanted?: Wanted;
}

/** Whether a recovery code is what the page asks for: by choice, or as all that can be typed without an app. */
export const byRecoveryCode = ({ kinds, values }: Pick<RefusedView, 'kinds' | 'values'>): boolean =>
  values?.with === 'recovery-code' || kinds?.app === false;

/** What to do where the sentence of a refusal is too short to say it. */
const adviceOn: Partial<Record<FailureCode, string>> = {
  account_frozen: 'Ask the people who run this registry to let it go on.',
};

/** Why a form was refused, above its fields; nothing where it was not. */
export function Refusal({ view }: { readonly view: RefusedView }) {
  if (view.failure === undefined) return null;
  const sentence = sentenceOf(view.failure, {
    recoveryCode: byRecoveryCode(view) && view.wanted?.factor !== false,
    key: view.values?.with !== 'recovery-code' && view.kinds?.keys === true,
    ownPassword: view.wanted !== undefined,
  });
  // What is wrong stands out; what to do about it reads as other words do.
  const [, title = sentence, advice = adviceOn[view.failure.code]] =
    /^(.+?\.) ([A-Z].*)$/s.exec(sentence) ?? [];
  return <Problem title={title}>{advice && <p>{advice}</p>}</Problem>;
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
