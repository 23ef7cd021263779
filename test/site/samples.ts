import { factors } from './samples/factors.tsx';
import { packagePages } from './samples/package-pages.tsx';
import { packages } from './samples/packages.tsx';
import { signing } from './samples/signing.tsx';
import { tokens } from './samples/tokens.tsx';

/** Pages as they will be, by name: the gallery draws them, the tests render them. */
export const samples = { ...signing, ...factors, ...tokens, ...packages, ...packagePages };
