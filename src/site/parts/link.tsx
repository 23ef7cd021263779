import type { ComponentChildren } from 'preact';
import type { PageContext } from './context.ts';

/** A link inside the site; `href` is a path without the prefix. */
export function Link(props: {
  readonly context: PageContext;
  readonly href: string;
  readonly current?: boolean | undefined;
  readonly children: ComponentChildren;
}) {
  return (
    <a href={`${props.context.prefix}${props.href}`} aria-current={props.current ? 'page' : undefined}>
      {props.children}
    </a>
  );
}

/** A link that looks like a button: it leads to where an act is done, it does nothing itself. */
export function LinkButton(props: {
  readonly context: PageContext;
  readonly href: string;
  readonly kind?: 'primary' | 'secondary' | 'danger' | 'quiet';
  readonly children: ComponentChildren;
}) {
  return (
    <a class={`button ${props.kind ?? 'secondary'}`} href={`${props.context.prefix}${props.href}`}>
      {props.children}
    </a>
  );
}
