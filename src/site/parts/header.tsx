import { withNext } from '../next-path.ts';
import type { PageContext } from './context.ts';
import { Mark } from './mark.tsx';

/** The top of every page: the way home, the search, and who is signed in. */
export function Header({
  context,
  query,
}: {
  readonly context: PageContext;
  readonly query?: string | undefined;
}) {
  const { prefix, siteName, viewer } = context;
  return (
    <header class="header">
      <div class="header-row">
        <a class="home" href={`${prefix}/`}>
          <Mark />
          <span>{siteName}</span>
        </a>
        <search class="search">
          <form action={`${prefix}/search`} method="get">
            <label class="hush" for="search">
              Search packages
            </label>
            <input
              id="search"
              type="search"
              name="q"
              value={query}
              placeholder="Search packages"
              maxLength={256}
            />
            <button type="submit">
              <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
                <path d={lens} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" />
              </svg>
              <span class="hush">Search</span>
            </button>
          </form>
        </search>
        {viewer === null ? <Entrance context={context} /> : <AccountMenu context={context} viewer={viewer} />}
      </div>
    </header>
  );
}

const lens = 'M7 2a5 5 0 1 0 0 10a5 5 0 1 0 0-10M10.6 10.6 14 14';

function Entrance({ context: { prefix, closed, next = '' } }: { context: PageContext }) {
  return (
    <nav class="entrance" aria-label="Account">
      <a href={prefix + withNext('/login', next)}>Sign in</a>
      {!closed && <a href={prefix + withNext('/signup', next)}>Sign up</a>}
    </nav>
  );
}

type Viewer = NonNullable<PageContext['viewer']>;

function AccountMenu({ context, viewer }: { context: PageContext; viewer: Viewer }) {
  const { prefix } = context;
  return (
    <details class="account">
      <summary>
        <Portrait name={viewer.name} />
        <span class="hush">Account menu of {viewer.name}</span>
      </summary>
      <nav class="account-menu" aria-label="Account">
        <p class="account-name">
          Signed in as <strong>{viewer.name}</strong>
        </p>
        <a href={`${prefix}/settings`}>Account</a>
        <a href={`${prefix}/settings`}>Settings</a>
        {viewer.staff && <a href={`${prefix}/staff/accounts`}>Staff</a>}
        <form action={`${prefix}/logout`} method="post">
          <input type="hidden" name="form" value={context.formToken} />
          <button type="submit">Sign out</button>
        </form>
      </nav>
    </details>
  );
}

/** The profile picture: the initials of a name in a circle. Decoration: the name stands beside it. */
export function Portrait({ name }: { readonly name: string }) {
  const words = name.split(/[-._]+/).filter((word) => word !== '');
  const initials = words.length > 1 ? words.slice(0, 2).map((word) => word.slice(0, 1)) : [name.slice(0, 2)];
  return (
    <span class="portrait" aria-hidden="true">
      {initials.join('').toUpperCase()}
    </span>
  );
}
