/** Maps of dependencies, compared as npm clients of all ages write them. */
import { asJsonObject, type JsonObject, textEntries } from './json.ts';

const hosts: Record<string, string> = {
  github: 'github.com',
  gitlab: 'gitlab.com',
  bitbucket: 'bitbucket.org',
  gist: 'gist.github.com',
};

/**
 * A dependency on a git repository in one spelling, so that what npm rewrote (`a/b` → `github:a/b`, `git@…` →
 * `git+ssh://git@…`) equals what the package says. Anything else comes back as it is.
 */
export function plainSpecifier(specifier: string): string {
  const [place = '', ...commit] = specifier.split('#');
  const shortcut = /^(?:(github|gitlab|bitbucket|gist):)?((?:[^/:@\s]+\/)?[^/:@\s]+)$/.exec(place);
  const url =
    /^(?:git\+)?(?:ssh|https?|git):\/\/(?:[^@/\s]*@)?([^/:\s]+)[/:](.+)$/.exec(place) ??
    /^[^@/\s]+@([^:/\s]+):(.+)$/.exec(place);
  const isShortcut = shortcut?.[1] !== undefined || shortcut?.[2]?.includes('/');
  const host = isShortcut ? hosts[shortcut?.[1] ?? 'github'] : url?.[1];
  const path = isShortcut ? shortcut?.[2] : url?.[2];
  if (host === undefined || path === undefined || !Object.values(hosts).includes(host)) return specifier;
  return `${host}/${path.replace(/\.git$/, '')}#${commit.join('#')}`;
}

/** The three old spellings of a map: an object, a list or one text of `name@range`. */
export function readDependencies(value: unknown): Map<string, string> {
  const list = typeof value === 'string' ? value.trim().split(/[\s,]+/) : value;
  if (!Array.isArray(list)) return textEntries(asJsonObject(value));
  const map = new Map<string, string>();
  for (const item of list) {
    if (typeof item !== 'string' || item === '') continue;
    const [name = '', ...rest] = item.trim().split(/(:?[@\s><=])/);
    map.set(name, rest.join('').replace(/^@/, '').trim());
  }
  return map;
}

/** `dependencies` without what `optionalDependencies` also names: npm ≤ 6 writes those into both. */
export function plainDependencies(manifest: JsonObject): Map<string, string> {
  const map = readDependencies(manifest.dependencies);
  for (const name of readDependencies(manifest.optionalDependencies).keys()) map.delete(name);
  return map;
}

/** The names that the tarball brings along, under either spelling; `true` means every dependency. */
export function bundledNames(manifest: JsonObject): string[] {
  const value = manifest.bundleDependencies ?? manifest.bundledDependencies;
  if (value === true) return [...plainDependencies(manifest).keys()];
  if (Array.isArray(value))
    return value.filter((name): name is string => typeof name === 'string' && name !== '');
  return typeof value === 'object' && value !== null ? Object.keys(value) : [];
}

const elsewhere = /^(?:[a-z][a-z+.-]*:|\.{0,2}\/|~\/|[^@/\s]+\/[^@/\s]+$)/i;

/** The package of a registry that an entry means; undefined for one that comes from anywhere else. */
export function packageOf(name: string, specifier: string): string | undefined {
  const alias = /^npm:(@?[^@]+)(?:@.*)?$/.exec(specifier)?.[1];
  return alias ?? (elsewhere.test(specifier) ? undefined : name);
}

/** The packages that must be there for one to be installed: not those for its development. */
export function neededPackages(manifest: JsonObject): string[] {
  const names = new Set<string>();
  for (const field of ['dependencies', 'optionalDependencies', 'peerDependencies'])
    for (const [name, specifier] of readDependencies(manifest[field])) {
      const needed = packageOf(name, specifier);
      if (needed !== undefined) names.add(needed);
    }
  return [...names];
}
