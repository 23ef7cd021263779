import { assetPath } from '../parts/assets.ts';
import type { PageContext } from '../parts/context.ts';
import { ceremonyPath } from './ceremony.ts';

/** The script, and where it asks; a browser runs it once however often it stands on a page. */
function Script({ context }: { readonly context: PageContext }) {
  return (
    <script
      type="module"
      src={assetPath(context, 'keys.js')}
      data-ceremony={`${context.prefix}${ceremonyPath}`}
    />
  );
}

/**
 * The button that asks for a security key and sends its form with the answer. Shown only where the script runs and the
 * browser knows keys.
 */
export function KeyButton(props: {
  readonly context: PageContext;
  readonly purpose: 'second-factor' | 'sign-in' | 'step-up' | 'register';
  /** The action of a `step-up`, or the one that a `register` proves first. */
  readonly operation?: string;
  /** The name of the submit button that it stands for, beside the key's button for the first one. */
  readonly submit?: string;
  readonly primary?: boolean;
  readonly children: string;
}) {
  return (
    <div class="key-button">
      <Script context={props.context} />
      {props.submit === undefined && <input type="hidden" name="key" value="" />}
      {props.purpose === 'register' && <input type="hidden" name="credential" value="" />}
      <button
        type="button"
        class={`button ${props.primary ? 'primary' : 'secondary'}`}
        data-key={props.purpose}
        data-operation={props.operation}
        data-submit={props.submit}
        hidden
      >
        {props.children}
      </button>
      <p class="field-error" role="alert" data-key-problem hidden />
    </div>
  );
}
