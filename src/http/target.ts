/** The request target between the wire and the router: one spelling, and a space of its own for pages (decision 0022). */
import type { IncomingMessage } from 'node:http';
import type { Route } from './route.ts';
import { isForSite } from './surface.ts';

export const longestUrl = 4096;
/** Of more segments than any route has, so that it reaches nobody. */
const invalidPath = '/-/invalid/path/of/a/request';
/** Before the paths of the website: no request line can hold a space, so nobody gets there but by `isForSite`. */
const sitePrefix = '/ ';

interface Rewritten {
  readonly url: string;
}

/** Whether a request was put among those for pages. */
export const isPage = ({ url }: Rewritten): boolean => url.startsWith(sitePrefix);

/** Whether the path of a request was one that nobody sends honestly. */
export const isInvalid = ({ url }: Rewritten): boolean => url.startsWith(invalidPath);

/** The path with its query, below the public URL, as people know it. */
export const pathOf = (request: Rewritten): string =>
  isPage(request) ? request.url.slice(sitePrefix.length) : request.url;

/** Where the router has a route. */
export const mountPath = ({ surface, path }: Pick<Route, 'surface' | 'path'>): string =>
  surface === 'site' ? `${sitePrefix}${path}` : path;

/**
 * Brings the raw request target to the spelling that routes know. `prefix` is the path of the public URL; `canonicalPath`
 * gives undefined for what no route may see.
 */
export function rewriter(told: {
  readonly prefix: string;
  readonly canonicalPath: (target: string) => string | undefined;
  readonly hasSite: boolean;
}): (request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>) => string {
  const { prefix, canonicalPath, hasSite } = told;
  return ({ method = 'GET', url = '/', headers }) => {
    if (url.length > longestUrl) return invalidPath;
    const inner =
      prefix !== '' && (url === prefix || url.startsWith(`${prefix}/`))
        ? url.slice(prefix.length) || '/'
        : url;
    const before = hasSite && isForSite(method, inner, headers.accept) ? sitePrefix : '';
    return `${before}${canonicalPath(inner) ?? invalidPath}`;
  };
}
