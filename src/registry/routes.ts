/** Every route of the npm protocol over one application. */
import { createAccountPreparing } from '../accounts/preparing.ts';
import type { Route } from '../http/route.ts';
import type { Blobs, Clock, Log } from '../kernel/ports.ts';
import { createLibrary } from '../packages/library.ts';
import type { Store } from '../store/store.ts';
import type { TokenRules } from '../tokens/life.ts';
import { createRecogniser, type Recogniser } from '../tokens/recognise.ts';
import { healthRoutes } from './health.ts';
import { type LoginParts, loginRoutes } from './login.ts';
import type { PackageParts } from './package-parts.ts';
import { packageRoutes } from './packages.ts';
import { type ProfileParts, profileRoutes } from './profile.ts';
import { tokenRoutes } from './tokens.ts';
import { whoamiRoutes } from './whoami.ts';

export interface RegistryParts
  extends Omit<LoginParts, 'preparing'>,
    Omit<ProfileParts, 'preparing'>,
    Omit<PackageParts, 'library'> {
  readonly store: Store;
  readonly blobs: Blobs;
  /** Base of every URL, without a slash at its end. */
  readonly publicUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  readonly isReady: () => Promise<boolean>;
  readonly tokenRules: TokenRules;
  readonly accountRules: Parameters<typeof createAccountPreparing>[1];
}

/** The routes, and what the application must stop before it closes the store. */
export function registryRoutes(parts: RegistryParts): { routes: readonly Route[]; recogniser: Recogniser } {
  const { store, log } = parts;
  const library = createLibrary(parts);
  const preparing = createAccountPreparing(store, parts.accountRules);
  return {
    recogniser: createRecogniser(store, { log }),
    routes: [
      ...healthRoutes(parts),
      ...whoamiRoutes,
      ...loginRoutes({ ...parts, preparing }),
      ...profileRoutes({ ...parts, preparing }),
      ...tokenRoutes(parts.tokenRules),
      ...packageRoutes({ ...parts, library }),
    ],
  };
}
