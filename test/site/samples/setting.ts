import type { PageContext } from '../../../src/site/parts/context.ts';

/** The instant at which every sample is drawn. */
export const now = Date.UTC(2026, 10, 22, 15);
export const day = 86_400_000;

/** Nobody is signed in. */
export const stranger: PageContext = {
  siteName: 'Tallystick',
  publicUrl: 'https://registry.example/npm',
  prefix: '/npm',
  viewer: null,
  formToken: 'f0f0',
};

/** Ann is. */
export const ann: PageContext = { ...stranger, viewer: { name: 'ann', staff: false } };
