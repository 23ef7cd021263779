/** Refusals and accidents that no page of their own shows. */
import type { Refused, Rendering } from '../http/server.ts';
import type { Failure } from '../kernel/failure.ts';
import { sentenceOf, statusOf, whyLinkOver } from './failures.tsx';
import { NotFoundPage } from './packages/not-found-page.tsx';
import { contextOf, goTo, html, type SiteSettings } from './page.tsx';
import type { PageContext } from './parts/context.ts';
import { Link } from './parts/link.tsx';
import { Page } from './parts/page.tsx';

const titles: Readonly<Record<number, string>> = {
  401: 'Sign in',
  403: 'Not allowed',
  404: 'Not found',
  410: 'This link is not good any more',
  429: 'Too many attempts',
  500: 'Something went wrong',
  503: 'Not now',
};

/** Who is to sign in first goes there, and comes back afterwards. */
const signsInFirst: readonly string[] = ['credential_missing', 'credential_invalid', 'session_ended'];

function RefusalPage({ context, failure }: { context: PageContext; failure: Failure }) {
  const status = statusOf(failure);
  return (
    <Page context={context} title={titles[status] ?? 'This did not work'} width="text">
      <p>{failure.code === 'link_over' ? whyLinkOver : sentenceOf(failure)}</p>
      {failure.code === 'link_over' && context.viewer && (
        <p>
          Or it is for another account than <code>{context.viewer.name}</code>, which is signed in here.
        </p>
      )}
      {failure.code === 'account_held' && (
        <p>
          <Link context={context} href="/settings/~/authentication/hold">
            About the hold, and how it ends early
          </Link>
        </p>
      )}
      <p>
        <Link context={context} href="/">
          To the first page
        </Link>
        {status === 404 && context.viewer === null && (
          <>
            {' or '}
            <Link context={context} href="/login">
              sign in
            </Link>
            , if it is yours.
          </>
        )}
      </p>
    </Page>
  );
}

export function siteRendering(settings: SiteSettings): Rendering {
  const contextFor = ({ arrival }: Refused): PageContext =>
    arrival
      ? contextOf(settings, arrival.actor, arrival.visit)
      : {
          siteName: settings.siteName,
          publicUrl: settings.publicUrl,
          prefix: new URL(settings.publicUrl).pathname.replace(/\/$/, ''),
          viewer: null,
          formToken: '',
        };
  return {
    failure: (failure, refused) => {
      if (signsInFirst.includes(failure.code) && refused.arrival?.actor.account == null)
        return goTo(settings, `/login?next=${encodeURIComponent(refused.path)}`);
      const context = contextFor(refused);
      const [, name] = /^\/package\/([^/?]+)/.exec(refused.path) ?? [];
      if (failure.code === 'package_not_found' && name !== undefined)
        return html(<NotFoundPage context={context} name={decodeURIComponent(name)} />, 404);
      return html(<RefusalPage context={context} failure={failure} />, statusOf(failure));
    },
    accident: (reference, refused) =>
      html(
        <Page context={contextFor(refused)} title="Something went wrong" width="text">
          <p>
            Something went wrong on the server. Its log tells more under the reference{' '}
            <code>{reference}</code>.
          </p>
        </Page>,
        500,
      ),
  };
}
