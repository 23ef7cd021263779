import { readFileSync } from 'node:fs';

/** What only the build knows; `scripts/build.mjs` writes it beside the compiled files. */
export interface Build {
  readonly version: string;
  /** The public npm registry, or `none` when running from sources. */
  readonly upstream: string;
}

/** Reads `dist/build.json`; from sources there is none, and then nothing is pulled through. */
export function readBuild(): Build {
  try {
    const { version, upstream } = JSON.parse(readFileSync(new URL('../build.json', import.meta.url), 'utf8'));
    return { version: String(version), upstream: String(upstream) };
  } catch {
    return { version: '0.0.0', upstream: 'none' };
  }
}
