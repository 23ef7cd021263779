/** Where the links of a README lead: to the web or within it, never to pages of ours that it names without a host. */

/** What is known of the version that the README belongs to. */
export interface ReadmeOrigin {
  /** The page of its repository. */
  readonly repository?: string | undefined;
  /** The folder of the package within the repository. */
  readonly directory?: string | undefined;
}

const longest = 2048;
const schemes = new Set(['http:', 'https:', 'mailto:']);
const nowhere = 'https://relative.invalid/';

/** Between a repository and the path of a file in it. */
const filesAt: Record<string, string> = {
  'github.com': '/blob/HEAD/',
  'gitlab.com': '/-/blob/HEAD/',
  'bitbucket.org': '/src/HEAD/',
};

/** The address that the links of a README are relative to. */
export function baseOf({ repository, directory }: ReadmeOrigin): string {
  const page = repository === undefined ? null : URL.parse(repository);
  const infix = page && filesAt[page.hostname];
  if (!page || !infix) return nowhere;
  const segments = page.pathname.split('/').filter((segment) => segment !== '');
  const project = page.hostname === 'gitlab.com' ? segments : segments.slice(0, 2);
  if (project.length < 2) return nowhere;
  const folder = (directory ?? '')
    .split('/')
    .filter((name) => name !== '' && name !== '.' && name !== '..')
    .map((name) => `${encodeURIComponent(name)}/`);
  return `https://${page.hostname}/${project.join('/')}${infix}${folder.join('')}`;
}

/** The whole address of what a README links to; undefined where it leads nowhere that a link may lead. */
export function addressOf(written: string, base: string): string | undefined {
  if (written.length > longest) return undefined;
  const url = URL.parse(written.replace(/^\/(?![/\\])/, ''), base);
  if (url === null || !schemes.has(url.protocol) || url.host === 'relative.invalid') return undefined;
  // `https://known.example@elsewhere.example` shows another host than it leads to.
  url.username = '';
  url.password = '';
  return url.href.length > longest ? undefined : url.href;
}
