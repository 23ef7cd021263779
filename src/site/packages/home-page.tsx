/** `/`: what is new, and how to begin. */
import type { Instant } from '../../kernel/ports.ts';
import type { Found } from '../../packages/search.ts';
import type { PageContext } from '../parts/context.ts';
import { CopyLine } from '../parts/copy.tsx';
import { Lead, Section } from '../parts/layout.tsx';
import { Link } from '../parts/link.tsx';
import { Empty } from '../parts/notices.tsx';
import { Page } from '../parts/page.tsx';
import { FoundPackages } from './search-page.tsx';
import { sayCount } from './words.ts';

export interface HomePageProps {
  readonly context: PageContext;
  /** The packages that changed last and that the reader may see. */
  readonly newest: readonly Found[];
  /** How many there are that he may see. */
  readonly total: number;
  readonly now: Instant;
}

export function HomePage({ context, newest, total, now }: HomePageProps) {
  return (
    <Page context={context} title="Packages" heading={context.siteName} width="wide">
      <Lead>
        {total === 0
          ? 'A home for your packages, with two-factor authentication for whoever publishes them.'
          : `${sayCount(total, 'package')}, and two-factor authentication for whoever publishes them.`}
      </Lead>
      <Section title="Begin">
        <p>Tell npm where your packages live:</p>
        <CopyLine text={`npm set registry ${context.publicUrl}/`} />
        <p>{context.viewer ? 'Sign in there, too:' : 'Sign in; who is new here signs up on the way:'}</p>
        <CopyLine text="npm login" />
        <p>In the folder of a package:</p>
        <CopyLine text="npm publish" />
      </Section>
      <Section title="Newest packages">
        {newest.length === 0 ? (
          <Empty title="Nothing is published yet." />
        ) : (
          <FoundPackages context={context} level={3} found={newest} now={now} />
        )}
        {total > newest.length && (
          <p>
            <Link context={context} href="/search?q=">
              All {sayCount(total, 'package')}
            </Link>
          </p>
        )}
      </Section>
    </Page>
  );
}
