/** What every page knows beside what it shows. */
export interface PageContext {
  readonly siteName: string;
  /** Base of links that leave the page (commands, mails), without a slash at its end. */
  readonly publicUrl: string;
  /** The path of the public URL: `` or `/npm`. Every link on a page begins with it. */
  readonly prefix: string;
  /** Who is signed in. */
  readonly viewer: {
    readonly name: string;
    readonly staff: boolean;
    /** Whether they will be staff once they have a second factor (RN6). */
    readonly staffWaits?: boolean;
  } | null;
  /** Whether strangers are shown the way to an account only by invitation, or never: no "Sign up". */
  readonly closed?: boolean;
  /** A path of the site: where somebody wanted to go who signs in or up first. */
  readonly next?: string;
  /** What every form of this page sends back in its hidden field `form` (WE2). */
  readonly formToken: string;
}
