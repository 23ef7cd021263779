import { documentOf } from '../support/document.ts';
import { type Person, pick, pickText } from './world.ts';

export interface Wares {
  /** In the order of their publishing; the last one is `latest`. */
  versions?: readonly string[];
  /** Further fields of package.json. */
  manifest?: Record<string, unknown>;
  access?: 'public' | 'restricted';
}

/** Puts a package there over HTTP, so that a client under test finds something. */
export async function stock(person: Person, name: string, wares: Wares = {}): Promise<void> {
  const { versions = ['1.0.0'], manifest = {} } = wares;
  const access = name.startsWith('@') ? (wares.access ?? 'public') : null;
  for (const version of versions) {
    await person.must(201, 'PUT', `/${name}`, { body: documentOf({ name, version, access, manifest }) });
  }
}

/** The sentence that a deprecated version carries, written as `npm deprecate` does. */
export async function deprecate(
  person: Person,
  name: string,
  version: string,
  message: string,
): Promise<void> {
  const { json } = await person.must(200, 'GET', `/${name}?write=true`);
  const body = {
    _id: name,
    name,
    _rev: pickText(json, '_rev'),
    versions: { [version]: { deprecated: message } },
  };
  await person.must(200, 'PUT', `/${name}`, { body });
}

/** Where every tag of a package points. */
export const tagsOf = async (person: Person, name: string): Promise<unknown> =>
  (await person.must(200, 'GET', `/-/package/${name}/dist-tags`)).json;

/** What is served as a version's `dist`. */
export const distOf = async (person: Person, name: string, version: string): Promise<unknown> =>
  pick((await person.must(200, 'GET', `/${name}/${version}`)).json, 'dist');

/** `METHOD status` of what was written since the wire was last forgotten. */
export const writesOf = (person: Person): string[] =>
  person.world.wire
    .exchanges()
    .filter(({ method }) => method !== 'GET')
    .map(({ method, status }) => `${method} ${status}`);
