import { fail } from '../kernel/failure.ts';

const longest = 64;
const shape = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * Says why a name cannot be the name of an account or organisation, or undefined when it can. The rule of the
 * contract: 1–64 characters, lower-case letters, digits, `.`, `_` and `-`, the first a letter or digit. It is
 * narrower than what npm's prompts accept (protocol/auth.md S16), so that nobody gets a name that npm refuses to type.
 */
export function whyNameIsRefused(name: string): string | undefined {
  if (name === '') return 'A username is needed.';
  if (name.length > longest) return `A username has at most ${longest} characters.`;
  if (name !== name.toLowerCase()) return 'A username is written in lower-case letters.';
  if (!shape.test(name)) {
    return 'A username has only lower-case letters, digits, dots, underscores and hyphens, and starts with a letter or digit.';
  }
  return undefined;
}

/** Refuses a name that no account can have: `request_invalid` with the rule that it breaks. */
export function checkName(name: string): void {
  const reason = whyNameIsRefused(name);
  if (reason !== undefined) fail('request_invalid', { reason });
}

const longestAddress = 254;
const address = /^[^\s@<>()[\]\\,;:"\p{Cc}]+@[^\s@<>()[\]\\,;:"\p{Cc}]+\.[^\s@<>()[\]\\,;:"\p{Cc}.]+$/u;

/**
 * Says why a text cannot be an e-mail address here, or undefined when it can: one `x@y.z`, at most 254 characters,
 * nothing that could carry a second recipient or header into a mail (S16, ML1).
 */
export function whyEmailIsRefused(email: string): string | undefined {
  if (email.length > longestAddress) return `An email address has at most ${longestAddress} characters.`;
  if (!address.test(email)) return 'The email address must look like you@example.com.';
  return undefined;
}

/** Refuses what is no e-mail address: `request_invalid` with the reason. */
export function checkEmail(email: string): void {
  const reason = whyEmailIsRefused(email);
  if (reason !== undefined) fail('request_invalid', { reason });
}
