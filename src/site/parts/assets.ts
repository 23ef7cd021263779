import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { staticRoot } from '../../http/surface.ts';
import type { PageContext } from './context.ts';

/** The files of `public/`: beside this folder in the sources, beside the server's folder in the build. */
const folder = ['./public/', '../public/']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => existsSync(url));

/** Another one whenever a file of `public/` is, so that browsers may keep them for as long as their address stays. */
const assetVersion = hashFiles();

function hashFiles(): string {
  const hash = createHash('sha256');
  for (const name of folder === undefined ? [] : readdirSync(folder).sort())
    hash.update(`${name}\0`).update(readFileSync(new URL(name, folder)));
  return hash.digest('hex').slice(0, 12);
}

/** The address of a file of `public/`: `/npm/-/static/site.css?v=0a1b2c3d4e5f`. */
export function assetPath(context: PageContext, file: string): string {
  return `${context.prefix}${staticRoot}${file}?v=${assetVersion}`;
}
