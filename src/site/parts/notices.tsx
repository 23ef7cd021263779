import type { ComponentChildren } from 'preact';
import { Mark } from './mark.tsx';

/** What is wrong with a form that was sent, above its fields; each line may lead to its field. */
export function Problem(props: {
  readonly title: string;
  readonly problems?: readonly {
    readonly message: string /** The id of the field. */;
    readonly field?: string;
  }[];
  readonly children?: ComponentChildren;
}) {
  const problems = props.problems ?? [];
  return (
    <div class="notice danger" role="alert">
      <Sign kind="danger" />
      <div>
        <p class="notice-title">{props.title}</p>
        {problems.length > 0 && (
          <ul>
            {problems.map(({ message, field }) => (
              <li key={message}>{field === undefined ? message : <a href={`#${field}`}>{message}</a>}</li>
            ))}
          </ul>
        )}
        {props.children}
      </div>
    </div>
  );
}

type Kind = 'info' | 'success' | 'warning' | 'danger';

const words: Record<Kind, string> = {
  info: 'Note',
  success: 'Done',
  warning: 'Warning',
  danger: 'Important',
};

/** Something to know. Its kind shows as a sign and a word, never by colour alone. */
export function Notice(props: {
  readonly kind: Kind;
  readonly title?: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class={`notice ${props.kind}`} role={props.kind === 'success' ? 'status' : undefined}>
      <Sign kind={props.kind} />
      <div>
        <p class="notice-title">{props.title ?? words[props.kind]}</p>
        {props.children}
      </div>
    </div>
  );
}

const drawings: Record<Exclude<Kind, 'success'>, string> = {
  info: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M8 7.25v4M8 4.6v.4',
  warning: 'M8 2 1.5 13.75h13zM8 6.5v3.5M8 11.9v.35',
  danger: 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3zM8 4.5v4.25M8 11v.4',
};

function Sign({ kind }: { kind: Kind }) {
  if (kind === 'success') return <Mark closing />;
  return (
    <svg class="sign" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={drawings[kind]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
        stroke-linejoin="round"
        stroke-linecap="round"
      />
    </svg>
  );
}

/** One or two words about a thing: "latest", "2FA", "deprecated". */
export function Badge(props: {
  readonly kind?: 'neutral' | 'safe' | 'danger' | 'accent';
  readonly children: ComponentChildren;
}) {
  return <span class={`badge ${props.kind ?? 'neutral'}`}>{props.children}</span>;
}

/** A list without entries: says so, and teaches what fills it, best with a `CopyLine`. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
