/** One origin, two readers: which requests are the website's and which the registry's (contract.md). */

/** The first segments of the website's paths; all of them are names of packages too. */
const pageRoots = new Set([
  '',
  'signup',
  'login',
  'logout',
  'settings',
  'package',
  'search',
  'org',
  'recover',
  'forgot',
  'staff',
  'auth',
]);

/** Files of the website; nobody else's. */
export const staticRoot = '/-/site/';

/** Where browsers look for the icon of a site by themselves, and no package can ever be. */
export const iconPath = '/favicon.ico';

const isJson = (accept: string): boolean => /\bapplication\/([a-z0-9.+-]+\+)?json\b/i.test(accept);

/**
 * Whether a request is for a page. For GET and HEAD the registry answers where `accept` names JSON or is absent, where
 * `?write=true` is given, and where the path has `/-/`; PUT and DELETE are always the registry's, POST outside of `/-/`
 * always the website's. `target` is the path below the public URL, with its query.
 */
export function isForSite(method: string, target: string, accept: string | undefined): boolean {
  const [path = '', query = ''] = target.split('?', 2);
  if (path.startsWith(staticRoot)) return true;
  if (path.startsWith('/-/') || path.includes('/-/')) return false;
  if (method === 'POST') return true;
  if (method !== 'GET' && method !== 'HEAD') return false;
  if (path === iconPath) return true;
  if (accept === undefined || isJson(accept) || /(^|&)write=true(&|$)/.test(query)) return false;
  return pageRoots.has(path.split('/', 2)[1] ?? '');
}
