/** How the website shows a refusal: the sentence, the status, and where to go on. */
import { type Failure, type FailureCode, isFailure } from '../kernel/failure.ts';

/** The status of each refusal on a page. Exhaustive: a new code does not compile until it is known here. */
const statuses: Readonly<Record<FailureCode, number>> = {
  otp_required: 401,
  otp_refused: 401,
  otp_offered: 401,
  otp_on_page: 401,
  handoff_over: 409,
  another_network: 403,
  logins_limited: 503,
  polled_too_often: 503,
  request_too_slow: 408,
  key_refused: 401,
  second_factor_missing: 403,
  credential_missing: 401,
  credential_invalid: 401,
  credential_expired: 401,
  password_missing: 401,
  password_wrong: 401,
  session_ended: 401,
  form_expired: 403,
  address_refused: 403,
  token_readonly: 403,
  token_insufficient: 403,
  token_suspended: 403,
  account_frozen: 403,
  account_held: 403,
  not_allowed: 403,
  too_many_attempts: 429,
  too_many_requests: 429,
  codes_barred: 403,
  busy: 503,
  request_invalid: 400,
  request_too_large: 413,
  media_type_unsupported: 415,
  not_found: 404,
  not_offered: 404,
  method_not_allowed: 405,
  account_unknown: 404,
  account_name_taken: 400,
  registration_closed: 403,
  invitation_over: 403,
  link_over: 410,
  sign_in_late: 410,
  sign_in_elsewhere: 403,
  sign_in_unmailed: 403,
  package_not_found: 404,
  version_not_found: 404,
  tag_not_found: 404,
  owner_unknown: 400,
  document_invalid: 400,
  document_refused: 422,
  name_refused: 403,
  version_exists: 403,
  tarball_refused: 400,
  tarball_too_large: 413,
  tarball_differs: 422,
  token_leaked: 400,
  stale_revision: 409,
  unpublish_refused: 403,
  keyring_wrong: 500,
  storage_full: 507,
  unavailable: 503,
};

/** The HTTP status of a refusal. */
export const statusOf = ({ code }: Failure): number => statuses[code];

const said: Partial<Record<FailureCode, string>> = {
  otp_required: 'Enter the pin code from your authentication app, or a recovery code.',
  otp_refused:
    'Invalid OTP. Codes change every 30 seconds and work once, so take a fresh one; take the entry named after this site; ' +
    'the clocks of phone and computer must be right.',
  codes_barred:
    'Codes of your authentication app are refused after too many wrong ones. Use a recovery code in their place, after ' +
    'which they work again.',
  password_missing: 'Enter your password.',
  password_wrong: 'Incorrect username or password.',
  credential_missing: 'Sign in to see this page.',
  credential_invalid: 'Sign in to see this page.',
  not_found: 'There is no such page.',
  package_not_found: 'There is no such package, or you may not see it.',
  busy: 'The server is busy. Try again in a moment.',
  form_expired: 'This form is too old, or did not come from this site. Nothing was changed: send it again.',
};

/** Why a link in a mail opens nothing any more. */
export const whyLinkOver =
  'It was used already, its time is over, or what it was for is done. A link in a mail works once.';

const refusedRecoveryCode =
  'Invalid recovery code. Each has sixteen digits and works once, and new ones end all that were made before.';

const askedKeyOrCode = 'Use your security key, or enter one of your recovery codes.';

/** `in 40 seconds`, `in 5 minutes`, `in 3 hours`: never too early. */
function sayWait(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  const long = minutes < 90 ? ([minutes, 'minute'] as const) : ([Math.ceil(minutes / 60), 'hour'] as const);
  const [count, unit] = seconds < 90 ? [seconds, 'second'] : long;
  return `in ${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Instants as the terminal prints them, as pages and mails write them. */
const sayInstants = (text: string): string =>
  text.replace(/\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z/g, '$1 $2 UTC');

/** What the form that was refused asks for: a recovery code, perhaps beside a security key, or the own password. */
interface Asked {
  readonly recoveryCode?: boolean;
  readonly key?: boolean;
  readonly ownPassword?: boolean;
}

/** What a page says of a refusal; the catalogue's sentences are for the terminal where they name its commands. */
export function sentenceOf(failure: Failure, asked: Asked = {}): string {
  if (isFailure(failure, 'too_many_attempts'))
    return `Too many failed attempts. Try again ${sayWait(failure.details.retryAfter)}.`;
  if (isFailure(failure, 'too_many_requests'))
    return `Too many requests in a short time. Try again ${sayWait(failure.details.retryAfter)}.`;
  if (asked.recoveryCode && failure.code === 'otp_refused') return refusedRecoveryCode;
  if (asked.recoveryCode && failure.code === 'otp_required')
    return asked.key ? askedKeyOrCode : 'Enter one of your recovery codes.';
  if (asked.ownPassword && failure.code === 'password_wrong') return 'Incorrect password.';
  return said[failure.code] ?? sayInstants(failure.message);
}
