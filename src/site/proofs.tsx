import type { Failure } from '../kernel/failure.ts';
import type { Wanted } from '../policy/decide.ts';
import { sentenceOf } from './failures.tsx';

import { CodeField, PasswordField } from './parts/fields.tsx';
import { Problem } from './parts/notices.tsx';

/** Why a form was refused, above its fields; nothing where it was not. */
export function Refusal({ view: { failure } }: { readonly view: { readonly failure: Failure | undefined } }) {
  return failure ? <Problem title={sentenceOf(failure)} /> : null;
}

/** The fields for the proofs that an act wants: the same everywhere, and only those that will be asked. */
export function Proofs({ view: { wanted } }: { readonly view: { readonly wanted: Wanted } }) {
  return (
    <>
      {wanted.password && <PasswordField purpose="current" />}
      {wanted.factor && <CodeField />}
    </>
  );
}
