/** Every route of the npm protocol over one application. */
import type { Route } from '../http/route.ts';
import { auditRoutes } from './audits.ts';
import { type ChangeParts, changeRoutes } from './changes.ts';
import { type DownloadParts, downloadRoutes } from './downloads.ts';
import { type HandoffParts, handoffRoutes } from './handoffs.ts';
import { healthRoutes } from './health.ts';
import { type LoginParts, loginRoutes } from './login.ts';
import { type MetricsParts, metricsRoutes } from './metrics.ts';
import type { PackageParts } from './package-parts.ts';
import { packageRoutes } from './packages.ts';
import { type ProfileParts, profileRoutes } from './profile.ts';
import { type SearchParts, searchRoutes } from './search.ts';
import { signatureRoutes } from './signatures.ts';
import { tokenRoutes } from './tokens.ts';
import { whoamiRoutes } from './whoami.ts';

export interface RegistryParts
  extends LoginParts,
    HandoffParts,
    ProfileParts,
    PackageParts,
    SearchParts,
    DownloadParts,
    ChangeParts,
    MetricsParts {
  readonly version: string;
  readonly isReady: () => Promise<boolean>;
}

/** All routes, in no particular order. */
export const registryRoutes = (parts: RegistryParts): readonly Route[] => [
  ...healthRoutes(parts),
  ...metricsRoutes(parts),
  ...whoamiRoutes,
  ...loginRoutes(parts),
  ...handoffRoutes(parts),
  ...profileRoutes(parts),
  ...tokenRoutes(parts.tokenRules),
  ...searchRoutes(parts),
  ...downloadRoutes(parts),
  ...changeRoutes(parts),
  ...packageRoutes(parts),
  ...signatureRoutes,
  ...auditRoutes,
];
