import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { isInClear } from '../../kernel/public-url.ts';
import { assetPath } from './assets.ts';
import type { PageContext } from './context.ts';
import { Header } from './header.tsx';
import { Link } from './link.tsx';
import { Notice } from './notices.tsx';

/** What `Page` is given. */
export interface PageProps {
  readonly context: PageContext;
  /** The one `<h1>` and, with the site's name, the title of the window. */
  readonly title: string;
  /** Stands in the `<h1>` instead of the title; `false`: the children bring the `<h1>` themselves. */
  readonly heading?: ComponentChildren | false;
  /** What the search field holds. */
  readonly query?: string | undefined;
  /** Stands left of the content; above it on a narrow screen. */
  readonly sidebar?: ComponentChildren;
  /** What just happened, above the heading. */
  readonly notice?: ComponentChildren;
  /** `narrow` for signing in (26 rem), `text` for forms and reading (68 characters), `wide` for lists (1,080 px). */
  readonly width?: 'narrow' | 'text' | 'wide';
  /** Modules of `public/` that this page needs besides those of every page, e.g. `keys.js`. */
  readonly scripts?: readonly string[];
  readonly children: ComponentChildren;
}

/** A whole HTML document, as `renderPage` sends it. */
export function Page(props: PageProps) {
  const { context, title, heading, width = 'text' } = props;
  return (
    <html lang="en">
      <Head context={context} title={title} scripts={props.scripts ?? []} />
      <body>
        <a class="skip" href="#content">
          Skip to content
        </a>
        <Header context={context} query={props.query} />
        <div class={`frame ${width}${props.sidebar ? ' with-sidebar' : ''}`}>
          {props.sidebar}
          <main id="content" tabIndex={-1}>
            {isInClear(context.publicUrl) && <InClear />}
            {context.viewer?.staffWaits && <StaffWaits context={context} />}
            {props.notice}
            {heading !== false && <h1>{heading ?? title}</h1>}
            {props.children}
          </main>
        </div>
        <Footer context={context} />
      </body>
    </html>
  );
}

/** Where the operator insisted on plain http, everybody is told on every page (IP4). */
function InClear() {
  return (
    <Notice kind="danger" title="This site is not encrypted">
      <p>
        Whoever is on the network between you and this site can read your password, your tokens and your
        codes.
      </p>
    </Notice>
  );
}

/** Who was made staff is told on every page what is missing (RN6). */
function StaffWaits({ context }: { context: PageContext }) {
  return (
    <Notice kind="warning" title="You are not staff yet">
      <p>
        Staff accounts work with two-factor authentication alone.{' '}
        <Link context={context} href="/settings/~/authentication/add">
          Add Two-Factor Authentication
        </Link>{' '}
        to become staff.
      </p>
    </Notice>
  );
}

/** The document as text, with its doctype. */
export function renderPage(page: VNode): string {
  return `<!doctype html>${renderToString(page)}`;
}

function Head({
  context,
  title,
  scripts,
}: {
  context: PageContext;
  title: string;
  scripts: readonly string[];
}) {
  const modules = ['copy.js', 'client-switch.js', ...scripts];
  // The theme is set before the first paint, where the browser knows how to wait for a module.
  const early = { blocking: 'render' };
  return (
    <head>
      <meta charset="utf-8" />
      <title>{`${title} · ${context.siteName}`}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      {/* With a size, or Chromium would prefer it to the sharp ones. */}
      <link rel="icon" sizes="32x32" href={assetPath(context, 'favicon.ico')} />
      <link rel="icon" type="image/svg+xml" href={assetPath(context, 'mark.svg')} />
      <link
        rel="icon"
        type="image/svg+xml"
        href={assetPath(context, 'mark-dark.svg')}
        media="(prefers-color-scheme: dark)"
      />
      <link rel="stylesheet" href={assetPath(context, 'site.css')} />
      <script type="module" src={assetPath(context, 'theme.js')} {...early} />
      {modules.map((file) => (
        <script key={file} type="module" src={assetPath(context, file)} />
      ))}
    </head>
  );
}

function Footer({ context }: { context: PageContext }) {
  return (
    <footer class="footer">
      <p>
        {context.siteName} · <code>{context.publicUrl}/</code>
      </p>
      <button type="button" class="button quiet" data-theme-switch hidden>
        Dark theme
      </button>
    </footer>
  );
}
