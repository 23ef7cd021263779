/** Every page of the website. */
import type { Route } from '../http/route.ts';
import { signInAndOutRoutes } from './signing/sign-in.tsx';
import { type SignUpParts, signUpRoutes } from './signing/sign-up.tsx';
import { staticRoute } from './static.ts';

export interface SiteRoutesParts extends SignUpParts {}

/** All routes, in no particular order. */
export const siteRoutes = (parts: SiteRoutesParts): readonly Route[] => [
  staticRoute(),
  ...signInAndOutRoutes(parts),
  ...signUpRoutes(parts),
];
