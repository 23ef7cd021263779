import type { ComponentChildren } from 'preact';

/** A box to tick, its words right of it. Sends `value` (or `on`) when ticked, nothing otherwise. */
export function Checkbox(props: {
  readonly label: ComponentChildren;
  readonly name: string;
  readonly value?: string;
  readonly id?: string;
  readonly checked?: boolean;
  readonly required?: boolean;
  readonly help?: ComponentChildren;
  readonly error?: string | undefined;
}) {
  const id = props.id ?? props.name;
  const notes = [props.error && `${id}-error`, props.help && `${id}-help`].filter(Boolean).join(' ');
  return (
    <div class="choice">
      <input
        type="checkbox"
        id={id}
        name={props.name}
        value={props.value}
        checked={props.checked}
        required={props.required}
        aria-describedby={notes === '' ? undefined : notes}
        aria-invalid={props.error ? 'true' : undefined}
      />
      <div>
        <label for={id}>{props.label}</label>
        {props.error && (
          <p class="field-error" id={`${id}-error`}>
            {props.error}
          </p>
        )}
        {props.help && (
          <p class="field-help" id={`${id}-help`}>
            {props.help}
          </p>
        )}
      </div>
    </div>
  );
}

/** One choice of a `RadioGroup`. */
export interface RadioOption {
  readonly value: string;
  readonly label: string;
  /** What choosing it means. */
  readonly description?: ComponentChildren;
  readonly disabled?: boolean;
}

/** Several choices that exclude each other, each with its meaning. */
export function RadioGroup(props: {
  readonly legend: string;
  readonly name: string;
  readonly value?: string | undefined;
  readonly options: readonly RadioOption[];
  readonly help?: ComponentChildren;
  readonly error?: string | undefined;
}) {
  const { name } = props;
  const notes = [props.error && `${name}-error`, props.help && `${name}-help`].filter(Boolean).join(' ');
  return (
    <fieldset class="choices" aria-describedby={notes === '' ? undefined : notes}>
      <legend>{props.legend}</legend>
      {props.help && (
        <p class="field-help" id={`${name}-help`}>
          {props.help}
        </p>
      )}
      {props.options.map((option) => (
        <Radio key={option.value} name={name} option={option} checked={option.value === props.value} />
      ))}
      {props.error && (
        <p class="field-error" id={`${name}-error`}>
          {props.error}
        </p>
      )}
    </fieldset>
  );
}

function Radio({ name, option, checked }: { name: string; option: RadioOption; checked: boolean }) {
  const id = `${name}-${option.value}`;
  return (
    <div class="choice">
      <input
        type="radio"
        id={id}
        name={name}
        value={option.value}
        checked={checked}
        disabled={option.disabled}
        required
        aria-describedby={option.description ? `${id}-meaning` : undefined}
      />
      <div>
        <label for={id}>{option.label}</label>
        {option.description && (
          <p class="field-help" id={`${id}-meaning`}>
            {option.description}
          </p>
        )}
      </div>
    </div>
  );
}
