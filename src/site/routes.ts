/** Every page of the website. */
import type { Route } from '../http/route.ts';
import { addAppRoutes } from './settings/add-app.tsx';
import { authenticationPage } from './settings/authentication.tsx';
import { modeAndRemovalRoutes } from './settings/mode.tsx';
import type { AuthenticationParts } from './settings/parts.ts';
import { recoveryCodeRoutes } from './settings/recovery-codes.tsx';
import { signInAndOutRoutes } from './signing/sign-in.tsx';
import { type SignUpParts, signUpRoutes } from './signing/sign-up.tsx';
import { staticRoute } from './static.ts';

export interface SiteRoutesParts extends SignUpParts, AuthenticationParts {}

/** All routes, in no particular order. */
export const siteRoutes = (parts: SiteRoutesParts): readonly Route[] => [
  staticRoute(),
  ...signInAndOutRoutes(parts),
  ...signUpRoutes(parts),
  authenticationPage(parts),
  ...addAppRoutes(parts),
  ...recoveryCodeRoutes(parts),
  ...modeAndRemovalRoutes(parts),
];
