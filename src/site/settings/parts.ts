import type { SiteSettings } from '../page.tsx';

/** What the pages about two-factor authentication need of the application. */
export interface AuthenticationParts {
  readonly settings: SiteSettings;
  /** How many steps of 30 s before and after now a code counts. */
  readonly totpTolerance: 0 | 1;
  /** The current instant, for words such as "3 days ago". */
  readonly now: () => number;
}

/** Where the pages about an account's two-factor authentication stand. */
export const authenticationPath = (name: string, rest = ''): string =>
  `/settings/${name}/authentication${rest}`;
