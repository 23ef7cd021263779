/** The help about two-factor authentication: `docs/two-factor.md` as a page, for everybody. */
import { existsSync, readFileSync } from 'node:fs';
import type { Route } from '../http/route.ts';
import { page, type SiteSettings, site } from './page.tsx';
import { Html } from './parts/markup.tsx';
import { Page } from './parts/page.tsx';
import type { ReadmeRenderer } from './readme/render.ts';

export const helpPath = '/auth/two-factor';

/** In the checkout, or beside the server's folder in the build. */
const file = ['../../docs/two-factor.md', '../two-factor.md']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));

const [title = 'Two-factor authentication', ...lines] = (
  file === undefined ? '' : readFileSync(file, 'utf8')
).split('\n');

export const helpRoute = ({
  settings,
  readmes,
}: {
  readonly settings: SiteSettings;
  readonly readmes: ReadmeRenderer;
}): Route =>
  page(settings, {
    path: helpPath,
    action: 'site.read',
    target: site,
    read: async () => undefined,
    show: async (_nothing, context) => (
      <Page context={context} title={title.replace(/^#\s*/, '') || 'Two-factor authentication'} width="text">
        <Html safe={await readmes.render(lines.join('\n'), {})} />
      </Page>
    ),
  });
