/**
 * The closed catalogue of everything that can go wrong for a caller: code → sentence, with typed public details and
 * without HTTP. Each surface renders it exhaustively (`registry/failures.ts`), so a new code does not compile until
 * every surface knows it. No sentence but the OTP ones may contain "one-time pass": npm takes any 401 with these
 * words for a challenge (protocol/auth.md S2).
 */

const sentence = (text: string) => (): string => text;
const because = (details: { reason: string }): string => details.reason;

const oneTimePass =
  'You must provide a one-time pass from your authenticator app, or a recovery code: add --otp=<code>.';

export const catalogue = {
  // the second factor
  otp_required: sentence(oneTimePass),
  otp_refused: sentence(oneTimePass),
  // The same, where a page can be opened in place of typing a code; `refused` when one came and was not accepted.
  otp_offered: (_details: { authUrl: string; doneUrl: string; refused: boolean }) => oneTimePass,
  // The same, where a page shows a code to type once a security key was touched; `refused` as above.
  otp_on_page: (_details: { page: string; refused: boolean }) => oneTimePass,
  key_refused: sentence('The security key was not accepted: try again, or use another way.'),
  second_factor_missing: because,

  // credentials
  credential_missing: sentence('You must be logged in to do this: run npm login.'),
  credential_invalid: sentence('Your access token is not valid or was revoked: run npm login.'),
  credential_expired: (details: { at: string }) =>
    `Your access token expired on ${details.at}: run npm login or create a new one.`,
  password_missing: sentence('This needs your password.'),
  password_wrong: sentence('Incorrect username or password.'),
  session_ended: sentence('You are signed out: sign in again.'),
  form_expired: sentence('This form is too old, or did not come from this site: load the page again.'),
  address_refused: sentence(
    'This access token may not be used from your address: it is limited to other address ranges.',
  ),
  token_readonly: sentence('This access token is read-only.'),
  token_insufficient: because,
  token_suspended: ({ page }: { page: string }) =>
    `This access token is suspended after too many wrong codes. If they were yours, let it work again on ${page}`,
  account_frozen: sentence('This account is frozen.'),
  account_held: because,
  not_allowed: because,

  // requests of the command line that are answered on a page
  handoff_over: because,
  another_network: sentence(
    'The request came from another network than the one you are in: approve it only if you started it there yourself.',
  ),
  logins_limited: (details: { retryAfter: number }) =>
    `Too many logins were begun from your address. Try again in ${details.retryAfter} seconds, or log in with a password: ` +
    'npm login --auth-type=legacy.',
  polled_too_often: (_details: { retryAfter: number }) =>
    'You ask too often: wait a few seconds between two questions.',

  // budgets
  too_many_attempts: (details: { retryAfter: number }) =>
    `Too many failed attempts. Try again in ${details.retryAfter} seconds.`,
  too_many_requests: (details: { retryAfter: number }) =>
    `Too many requests in a short time. Try again in ${details.retryAfter} seconds.`,
  codes_barred: sentence(
    'Codes of your authenticator app are refused after too many wrong ones: use a recovery code in their place ' +
      '(--otp=<recovery code>), after which they work again.',
  ),
  busy: (_details: { retryAfter: number }) => 'The server is busy. Try again in a moment.',

  // requests
  request_invalid: because,
  request_too_large: (details: { limit: number }) =>
    `The request body is larger than the limit of ${details.limit} bytes.`,
  request_too_slow: sentence('The request body came too slowly.'),
  media_type_unsupported: sentence('The request body must be application/json.'),
  not_found: sentence('Not found'),
  not_offered: because,
  method_not_allowed: sentence('This method is not supported here.'),

  // accounts
  account_unknown: (details: { name: string }) => `There is no user with the username "${details.name}".`,
  account_name_taken: (details: { name: string }) => `The username "${details.name}" is taken.`,
  registration_closed: sentence(
    'This registry does not take new accounts by itself: ask the people who run it.',
  ),

  invitation_over: sentence('This link was used already, or its time is over: ask for another.'),

  link_over: sentence('This link is not good any more.'),
  sign_in_late: sentence('The 15 minutes for this sign-in are over: sign in again.'),
  sign_in_elsewhere: sentence('This sign-in began in another browser: open the link in that one.'),
  sign_in_unmailed: sentence(
    'A sign-in from a new browser waits for a mailed link, and your account has no email address: use a security key, or ' +
      'ask the people who run this registry.',
  ),

  // packages
  package_not_found: sentence('Not found'),
  version_not_found: (details: { version: string }) => `version not found: ${details.version}`,
  tag_not_found: (details: { tag: string }) => `tag not found: ${details.tag}`,
  owner_unknown: (details: { name: string }) => `There is no user named "${details.name}" here.`,
  document_invalid: because,
  document_refused: because,
  name_refused: because,
  version_exists: (details: { version: string }) =>
    `You cannot publish over the previously published versions: ${details.version}.`,
  tarball_refused: because,
  tarball_too_large: (details: { limit: number }) =>
    `The tarball is larger than the limit of ${details.limit} bytes.`,
  tarball_differs: because,
  token_leaked: ({ tokens }: { tokens: readonly string[] }) =>
    `The files hold an access token of this registry (${tokens.map((token) => `${token}...`).join(', ')}), which is ` +
    'revoked now: take it out before you publish, and look through npm token list.',
  stale_revision: sentence('The package changed meanwhile: read it again and repeat.'),
  unpublish_refused: because,

  // the server itself
  keyring_wrong: because,
  storage_full: sentence('The server cannot store anything at the moment. Reading goes on.'),
  unavailable: sentence('The server cannot do this at the moment. Try again.'),
} satisfies Record<string, (details: never) => string>;

export type FailureCode = keyof typeof catalogue;
/** The public details that a code's sentence needs; `void` where it needs none. */
export type FailureDetails<C extends FailureCode> =
  Parameters<(typeof catalogue)[C]> extends [infer D] ? D : undefined;

/** A refusal that is told to the caller. Anything else that is thrown is a bug and becomes an opaque 500. */
export class Failure<C extends FailureCode = FailureCode> extends Error {
  readonly code: C;
  readonly details: FailureDetails<C>;

  /** `cause` is what lies behind it: for the operator at the console, never for clients. */
  constructor(code: C, details: FailureDetails<C>, cause?: unknown) {
    super((catalogue[code] as (details: FailureDetails<C>) => string)(details), { cause });
    this.name = 'Failure';
    this.code = code;
    this.details = details;
  }
}

/** Refuses with a code of the catalogue and, where its sentence needs them, its details. */
export function fail<C extends FailureCode>(
  code: C,
  ...details: FailureDetails<C> extends undefined ? [] : [FailureDetails<C>]
): never {
  throw new Failure(code, details[0] as FailureDetails<C>);
}

/** Whether a thrown value is a refusal, optionally one of the given code. */
export function isFailure<C extends FailureCode>(thrown: unknown, code?: C): thrown is Failure<C> {
  return thrown instanceof Failure && (code === undefined || thrown.code === code);
}
