import { randomBytes } from 'node:crypto';
import type { Random } from '../kernel/ports.ts';

/** The operating system's generator (KY3). */
export const systemRandom: Random = { bytes: (length) => randomBytes(length) };
