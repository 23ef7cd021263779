import type { ComponentChildren } from 'preact';
import type { PageContext } from './context.ts';

/** One or two sentences under the heading, a little larger: what this page is for, how things stand. */
export function Lead({ children }: { readonly children: ComponentChildren }) {
  return <p class="lead">{children}</p>;
}

/** A part of a page under its own heading, parted from the one above by a hairline. `aside`: a button right of it. */
export function Section(props: {
  readonly title: string;
  readonly id?: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="section" id={props.id}>
      <div class="section-head">
        <h2>{props.title}</h2>
        {props.aside}
      </div>
      {props.children}
    </section>
  );
}

/** Reading left, facts right; on a narrow screen the facts come after the reading. */
export function Columns({
  children,
  aside,
}: {
  readonly children: ComponentChildren;
  readonly aside: ComponentChildren;
}) {
  return (
    <div class="columns">
      <div class="columns-main">{children}</div>
      <aside class="columns-aside">{aside}</aside>
    </div>
  );
}

/** Something beside its explanation: the QR code and what to type by hand. */
export function Beside({
  picture,
  children,
}: {
  readonly picture: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <div class="beside">
      {picture}
      <div>{children}</div>
    </div>
  );
}

/** Packages found or owned, each with its description and a line of facts. Paths are without the prefix. */
export function PackageList(props: {
  readonly context: PageContext;
  /** The level of the names as headings: 3 inside a `Section`. */
  readonly level?: 2 | 3;
  readonly packages: readonly {
    readonly name: string;
    readonly href: string;
    readonly description?: string | undefined;
    /** Badges beside the name. */
    readonly badges?: ComponentChildren;
    /** Version, when and by whom. */
    readonly facts: ComponentChildren;
  }[];
}) {
  const Heading = `h${props.level ?? 2}` as const;
  return (
    <ul class="package-list">
      {props.packages.map((one) => (
        <li key={one.name}>
          <Heading>
            <a href={`${props.context.prefix}${one.href}`}>
              <code>{one.name}</code>
            </a>{' '}
            {one.badges}
          </Heading>
          {one.description && <p>{one.description}</p>}
          <p class="muted">{one.facts}</p>
        </li>
      ))}
    </ul>
  );
}
