/** Every page of the website. */
import type { Route } from '../http/route.ts';
import { loginHandoffRoutes } from './handoffs/login.tsx';
import type { HandoffPagesParts } from './handoffs/parts.tsx';
import { proofHandoffRoutes } from './handoffs/proof.tsx';
import { helpRoute } from './help.tsx';
import { ceremonyRoute } from './keys/ceremony.ts';
import { linkRoutes } from './links/routes.tsx';
import { type PackagePagesParts, packagePageRoutes } from './packages/routes.tsx';
import { type AccessParts, accessPages } from './packages-access/access.tsx';
import { maintainerPages } from './packages-access/maintainers.tsx';
import { addAppRoutes } from './settings/add-app.tsx';
import { authenticationPage } from './settings/authentication.tsx';
import { holdRoutes } from './settings/hold.tsx';
import { keyRoutes } from './settings/keys.tsx';
import { modeAndRemovalRoutes } from './settings/mode.tsx';
import { type NewTokenParts, newTokenRoutes } from './settings/new-token.tsx';
import type { AuthenticationParts } from './settings/parts.ts';
import { passwordRoutes } from './settings/password.tsx';
import { profileRoutes } from './settings/profile.tsx';
import { recoveryCodeRoutes } from './settings/recovery-codes.tsx';
import { securityLogPage } from './settings/security-log.tsx';
import { sessionRoutes } from './settings/sessions.tsx';
import { sshKeyPages } from './settings/ssh-keys.tsx';
import { tokenPages } from './settings/tokens.tsx';
import { confirmSignInRoutes } from './signing/confirm-sign-in.tsx';
import { signInAndOutRoutes } from './signing/sign-in.tsx';
import { type SignUpParts, signUpRoutes } from './signing/sign-up.tsx';
import { type StaffParts, staffRoutes } from './staff/routes.ts';
import { staticRoutes } from './static.ts';

export interface SiteRoutesParts
  extends SignUpParts,
    AuthenticationParts,
    NewTokenParts,
    PackagePagesParts,
    HandoffPagesParts,
    StaffParts,
    AccessParts {}

/** All routes, in no particular order. */
export const siteRoutes = (parts: SiteRoutesParts): readonly Route[] => [
  ...staticRoutes(),
  helpRoute(parts),
  ...packagePageRoutes(parts),
  ...accessPages(parts),
  ...maintainerPages(parts),
  ...loginHandoffRoutes(parts),
  ...proofHandoffRoutes(parts),
  ...linkRoutes(parts.settings),
  ...signInAndOutRoutes(parts),
  ...confirmSignInRoutes(parts),
  ...signUpRoutes(parts),
  authenticationPage(parts),
  ...addAppRoutes(parts),
  ...recoveryCodeRoutes(parts),
  ...modeAndRemovalRoutes(parts),
  ...keyRoutes(parts),
  ceremonyRoute(parts.settings),
  ...holdRoutes(parts.settings),
  ...profileRoutes(parts.settings),
  ...passwordRoutes(parts),
  ...tokenPages(parts.settings),
  ...sshKeyPages(parts.settings),
  ...newTokenRoutes(parts),
  ...sessionRoutes(parts.settings),
  securityLogPage(parts.settings),
  ...staffRoutes(parts),
];
