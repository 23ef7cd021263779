/**
 * What npm's clients understand of a refusal (protocol/auth.md §3, packages.md §14): status, `www-authenticate`, and
 * always both `error` and `message`, because npm ≤ 11 prints the one and newer parts read the other.
 */

import type { Rendering } from '../http/server.ts';
import { type Failure, type FailureCode, isFailure } from '../kernel/failure.ts';

interface Shown {
  readonly status: number;
  /** The word of `www-authenticate`; npm splits on commas and tells `otp`, `ipaddress`, `Bearer`, `Basic` apart. */
  readonly authenticate?: 'otp' | 'ipaddress' | 'Bearer' | 'Basic';
}

const shown: Readonly<Record<FailureCode, Shown>> = {
  otp_required: { status: 401, authenticate: 'otp' },
  otp_refused: { status: 401, authenticate: 'otp' },
  otp_offered: { status: 401, authenticate: 'otp' },
  otp_on_page: { status: 401, authenticate: 'otp' },
  // Anything below 500, and 500 itself, makes npm fall back to asking for the password (LK4).
  handoff_over: { status: 503 },
  another_network: { status: 403 },
  logins_limited: { status: 503 },
  polled_too_often: { status: 503 },
  key_refused: { status: 403 },
  second_factor_missing: { status: 403 },
  credential_missing: { status: 401, authenticate: 'Bearer' },
  credential_invalid: { status: 401, authenticate: 'Bearer' },
  credential_expired: { status: 401, authenticate: 'Bearer' },
  password_missing: { status: 400 },
  password_wrong: { status: 401, authenticate: 'Basic' },
  session_ended: { status: 401, authenticate: 'Bearer' },
  form_expired: { status: 403 },
  address_refused: { status: 401, authenticate: 'ipaddress' },
  token_readonly: { status: 403 },
  token_insufficient: { status: 403 },
  token_suspended: { status: 403 },
  account_frozen: { status: 403 },
  account_held: { status: 403 },
  not_allowed: { status: 403 },
  too_many_attempts: { status: 429 },
  too_many_requests: { status: 429 },
  codes_barred: { status: 403 },
  busy: { status: 503 },
  request_invalid: { status: 400 },
  request_too_large: { status: 413 },
  request_too_slow: { status: 408 },
  media_type_unsupported: { status: 415 },
  not_found: { status: 404 },
  not_offered: { status: 404 },
  method_not_allowed: { status: 405 },
  account_unknown: { status: 400 },
  // Never 409: npm would fall back to the protocol of CouchDB (protocol/auth.md §5.2).
  account_name_taken: { status: 400 },
  registration_closed: { status: 403 },
  invitation_over: { status: 403 },
  link_over: { status: 410 },
  sign_in_late: { status: 410 },
  sign_in_elsewhere: { status: 403 },
  sign_in_unmailed: { status: 403 },
  package_not_found: { status: 404 },
  version_not_found: { status: 404 },
  tag_not_found: { status: 404 },
  owner_unknown: { status: 404 },
  document_invalid: { status: 400 },
  document_refused: { status: 422 },
  name_refused: { status: 403 },
  version_exists: { status: 403 },
  tarball_refused: { status: 400 },
  tarball_too_large: { status: 413 },
  tarball_differs: { status: 422 },
  token_leaked: { status: 400 },
  stale_revision: { status: 409 },
  unpublish_refused: { status: 403 },
  keyring_wrong: { status: 500 },
  storage_full: { status: 507 },
  unavailable: { status: 503 },
};

/** The help of "Invalid OTP" (contract.md). Wrong, used and late look alike. */
const invalidOtp =
  'Invalid OTP: codes change every 30 seconds and work once, so take a fresh one; take the entry named after this registry; ' +
  'the clocks of phone and computer must be right.';

const said = (text: string): { body: { error: string; message: string } } => ({
  body: { error: text, message: text },
});

/** What a client that can open a browser gets beside the words (protocol/auth.md §4.2). */
const pagesOf = (failure: Failure): { authUrl?: string; doneUrl?: string } =>
  isFailure(failure, 'otp_offered')
    ? { authUrl: failure.details.authUrl, doneUrl: failure.details.doneUrl }
    : {};

const isOfWrongCode = (failure: Failure): boolean =>
  failure.code === 'otp_refused' ||
  ((isFailure(failure, 'otp_offered') || isFailure(failure, 'otp_on_page')) && failure.details.refused);

/** What is told beside the words; yarn offers to open what stands behind "Open" (protocol/auth.md §4.1). */
function noticeOf(failure: Failure): string {
  const sentences = [
    ...(isOfWrongCode(failure) ? [invalidOtp] : []),
    ...(isFailure(failure, 'otp_on_page') ? [`Open ${failure.details.page} to get a code`] : []),
  ];
  return sentences.join(' ');
}

const retryAfterOf = (failure: Failure): number | undefined =>
  isFailure(failure, 'too_many_attempts') ||
  isFailure(failure, 'too_many_requests') ||
  isFailure(failure, 'busy') ||
  isFailure(failure, 'logins_limited') ||
  isFailure(failure, 'polled_too_often')
    ? failure.details.retryAfter
    : undefined;

function headersOf(failure: Failure): Record<string, string> {
  const { authenticate } = shown[failure.code];
  const headers: Record<string, string> = { 'cache-control': 'no-store' };
  if (authenticate) headers['www-authenticate'] = authenticate;
  const notice = noticeOf(failure);
  if (notice !== '') headers['npm-notice'] = notice;
  const retryAfter = retryAfterOf(failure);
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  return headers;
}

export const registryRendering: Rendering = {
  failure: (failure) => ({
    status: shown[failure.code].status,
    headers: headersOf(failure),
    body: { ...said(failure.message).body, ...pagesOf(failure) },
  }),
  accident: (reference) => ({
    status: 500,
    headers: { 'cache-control': 'no-store' },
    ...said(`Something went wrong on the server. Its log tells more under the reference ${reference}.`),
  }),
};
