import type { PageContext } from './context.ts';

/** Where the files of `src/site/public` are served, without the prefix. */
export const assetRoot = '/-/site';

/**
 * Changes whenever a file of `public/` that the parts link changes, so that browsers may keep them for ever.
 * The test of the parts computes it from the files and tells the new value.
 */
export const assetVersion = '00000000';

/** The address of a file of `public/`: `/npm/-/site/site.css?v=1a2b3c4d`. */
export function assetPath(context: PageContext, file: string): string {
  return `${context.prefix}${assetRoot}/${file}?v=${assetVersion}`;
}
