import { createHash } from 'node:crypto';
import { staticRoot } from '../../http/surface.ts';
import type { PageContext } from './context.ts';
import { publicFiles } from './public-files.ts';

/** Another one whenever a file of `public/` is, so that browsers may keep them for as long as their address stays. */
const assetVersion = hashFiles();

function hashFiles(): string {
  const hash = createHash('sha256');
  for (const [name, bytes] of publicFiles) hash.update(`${name}\0`).update(bytes);
  return hash.digest('hex').slice(0, 12);
}

/** The address of a file of `public/`: `/npm/-/static/site.css?v=0a1b2c3d4e5f`. */
export function assetPath(context: PageContext, file: string): string {
  return `${context.prefix}${staticRoot}${file}?v=${assetVersion}`;
}
