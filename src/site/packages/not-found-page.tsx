/** Where there is no such package, or none that the reader may see: the two must look alike. */
import type { PageContext } from '../parts/context.ts';
import { LinkButton } from '../parts/link.tsx';
import { Page } from '../parts/page.tsx';
import { searchPath } from './words.ts';

export function NotFoundPage({
  context,
  name,
  version,
}: {
  readonly context: PageContext;
  /** What was asked for, as far as it can be a name. */
  readonly name: string;
  /** Of a package that is there. */
  readonly version?: string | undefined;
}) {
  const words = name.replace(/^@[^/]*\//, '');
  return (
    <Page context={context} title="Not found" width="text">
      <p>
        {version === undefined ? (
          <>
            There is no package <code>{name}</code>, or you may not see it.
          </>
        ) : (
          <>
            <code>{name}</code> has no version and no tag <code>{version}</code>.
          </>
        )}
      </p>
      <p>
        {version === undefined ? (
          <LinkButton context={context} href={searchPath(words)}>
            Search for “{words}”
          </LinkButton>
        ) : (
          <LinkButton context={context} href={`/package/${name}?activeTab=versions`}>
            All versions
          </LinkButton>
        )}{' '}
        {version === undefined && context.viewer === null && (
          <LinkButton context={context} href="/login" kind="quiet">
            Sign in
          </LinkButton>
        )}
      </p>
    </Page>
  );
}
