import type { ComponentChildren } from 'preact';

/** What every field has: a label above it, help and what is wrong below it. */
export interface FieldProps {
  readonly label: string;
  /** The name that the form sends; also the id, unless one is given. */
  readonly name: string;
  readonly id?: string | undefined;
  readonly help?: ComponentChildren;
  /** What is wrong and what to do. */
  readonly error?: string | undefined;
  readonly required?: boolean;
}

type Control = {
  readonly id: string;
  readonly name: string;
  readonly required: boolean | undefined;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': 'true' | undefined;
};

/** The attributes that tie a control to its label, help and error. */
function tie(field: FieldProps): Control {
  const id = field.id ?? field.name;
  const notes = [field.error && `${id}-error`, field.help && `${id}-help`].filter(Boolean);
  return {
    id,
    name: field.name,
    required: field.required,
    'aria-describedby': notes.length > 0 ? notes.join(' ') : undefined,
    'aria-invalid': field.error ? 'true' : undefined,
  };
}

/** Label, control, error and help, in this order. */
function Field({ field, children }: { field: FieldProps; children: ComponentChildren }) {
  const id = field.id ?? field.name;
  return (
    <div class="field">
      <label for={id}>{field.label}</label>
      {children}
      {field.error && (
        <p class="field-error" id={`${id}-error`}>
          {field.error}
        </p>
      )}
      {field.help && (
        <p class="field-help" id={`${id}-help`}>
          {field.help}
        </p>
      )}
    </div>
  );
}

/** One line of text. */
export function TextField(
  props: FieldProps & {
    readonly value?: string | undefined;
    readonly type?: 'text' | 'email' | 'url' | 'number' | 'date' | 'search';
    readonly autoComplete?: string;
    readonly maxLength?: number;
    readonly placeholder?: string;
    /** Names, ranges, keys: set in the monospaced letters of commands, never corrected or capitalised. */
    readonly exact?: boolean;
  },
) {
  // Preact's types know one shape per kind of input; these kinds differ in nothing that is used here.
  const type = { type: props.type ?? 'text' } as { type: 'text' };
  return (
    <Field field={props}>
      <input
        {...tie(props)}
        class={props.exact ? 'exact' : undefined}
        spellcheck={!props.exact}
        autocapitalize={props.exact ? 'none' : undefined}
        {...type}
        value={props.value}
        autoComplete={props.autoComplete ?? 'off'}
        maxLength={props.maxLength}
        placeholder={props.placeholder}
      />
    </Field>
  );
}

/** A password: `current` lets password managers fill it in, `new` lets them make one up. It is never given back. */
export function PasswordField(
  props: Omit<FieldProps, 'label' | 'name'> & {
    readonly purpose: 'current' | 'new';
    /** Whose password it is, where the form does not ask: password managers then fill in the right one. */
    readonly account?: string | undefined;
    readonly label?: string;
    readonly name?: string;
  },
) {
  const field = {
    required: true,
    ...props,
    label: props.label ?? 'Password',
    name: props.name ?? 'password',
  };
  return (
    <Field field={field}>
      {props.account && <input type="text" autoComplete="username" value={props.account} readOnly hidden />}
      <input {...tie(field)} type="password" autoComplete={`${props.purpose}-password`} />
    </Field>
  );
}

/**
 * The factor field, the same wherever a second factor is asked: takes six digits of an app, eight of a key page, or a
 * recovery code of four groups of four digits.
 */
export function CodeField(
  props: Omit<FieldProps, 'label' | 'name'> & {
    readonly label?: string;
    readonly name?: string;
    /** The keyboard goes here at once: only where the page asks for nothing but this. */
    readonly autoFocus?: boolean;
  },
) {
  const field = {
    required: true,
    help: 'Six digits from your authentication app, or a recovery code.',
    ...props,
    label: props.label ?? 'Pin code',
    name: props.name ?? 'code',
  };
  return (
    <Field field={field}>
      <input
        {...tie(field)}
        class="code-field"
        type="text"
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern="[0-9][0-9 \-]{4,22}[0-9]"
        maxLength={24}
        title="Six digits, or a recovery code"
        spellcheck={false}
        // biome-ignore lint/a11y/noAutofocus: only where the page asks for nothing but this code
        autoFocus={props.autoFocus}
      />
    </Field>
  );
}

/** Text of several lines. */
export function TextAreaField(
  props: FieldProps & {
    readonly value?: string | undefined;
    readonly rows?: number;
    readonly maxLength?: number;
    readonly placeholder?: string;
    readonly exact?: boolean;
  },
) {
  return (
    <Field field={props}>
      <textarea
        {...tie(props)}
        class={props.exact ? 'exact' : undefined}
        rows={props.rows ?? 4}
        maxLength={props.maxLength}
        placeholder={props.placeholder}
        spellcheck={!props.exact}
        autoComplete="off"
      >
        {props.value}
      </textarea>
    </Field>
  );
}

/** One of several values, where the choices need no explanation; else `RadioGroup`. */
export function SelectField(
  props: FieldProps & {
    readonly value?: string | undefined;
    readonly options: readonly { readonly value: string; readonly label: string }[];
  },
) {
  return (
    <Field field={props}>
      <select {...tie(props)}>
        {props.options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === props.value}>
            {option.label}
          </option>
        ))}
      </select>
    </Field>
  );
}
