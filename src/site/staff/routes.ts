import type { Route } from '../../http/route.ts';
import type { SiteSettings } from '../page.tsx';
import { accountRoutes } from './account.tsx';
import { accountsPage, type Registration } from './accounts.tsx';
import { auditPage } from './audit.tsx';
import { inviteRoutes } from './invite.tsx';

export interface StaffParts {
  readonly settings: SiteSettings;
  readonly registration: Registration;
}

/** The pages of staff. */
export const staffRoutes = ({ settings, registration }: StaffParts): readonly Route[] => [
  accountsPage(settings, registration),
  ...accountRoutes(settings),
  ...inviteRoutes(settings, registration),
  auditPage(settings),
];
