import type { ComponentChildren } from 'preact';
import type { PageContext } from './context.ts';

/** A form of one column. `action` is a path without the prefix; a POST carries the page's token in `form` (WE2). */
export function Form(props: {
  readonly context: PageContext;
  readonly action: string;
  readonly method?: 'get' | 'post';
  /** Names the form for those who cannot see where it stands; needed where a page has several. */
  readonly label?: string;
  readonly id?: string;
  /** One line of fields and button, e.g. "Remove" in a list. */
  readonly inline?: boolean;
  readonly children: ComponentChildren;
}) {
  const { context, method = 'post' } = props;
  return (
    <form
      id={props.id}
      class={props.inline ? 'form inline' : 'form'}
      action={`${context.prefix}${props.action}`}
      method={method}
      aria-label={props.label}
    >
      {method === 'post' && <input type="hidden" name="form" value={context.formToken} />}
      {props.children}
    </form>
  );
}

/** A value that the form sends back unseen. */
export function HiddenField({ name, value }: { readonly name: string; readonly value: string }) {
  return <input type="hidden" name={name} value={value} />;
}

/** A button that sends its form. One `primary` per page; `danger` for what cannot be undone. Verb first. */
export function Button(props: {
  readonly kind?: 'primary' | 'secondary' | 'danger' | 'quiet';
  readonly name?: string;
  readonly value?: string;
  readonly disabled?: boolean;
  /** Says more than the words where the same button stands on many rows: "Revoke laptop". Begins with the words. */
  readonly label?: string | undefined;
  readonly children: ComponentChildren;
}) {
  return (
    <button
      type="submit"
      class={`button ${props.kind ?? 'secondary'}`}
      name={props.name}
      value={props.value}
      disabled={props.disabled}
      aria-label={props.label}
    >
      {props.children}
    </button>
  );
}

/** The end of a form: its button, and beside it the quiet way out. */
export function Actions({ children }: { readonly children: ComponentChildren }) {
  return <div class="actions">{children}</div>;
}
