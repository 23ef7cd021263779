/** What kind of code somebody presents: clients never say, so the shape tells (OT4). */

/**
 * `totp`: six digits of an authenticator app. `recovery-code`: sixteen digits. `key-page`: eight digits that a page
 * shows after a security key was used. `web`: 64 hex digits that a client fetched itself. `malformed`: something that can
 * never be right, and counts as a guess all the same.
 */
type CodeKind = 'totp' | 'recovery-code' | 'key-page' | 'web' | 'malformed';

export interface PresentedCode {
  readonly kind: CodeKind;
  /** The one spelling that all spellings of this code share. */
  readonly text: string;
}

/** Reads a presented code; undefined when none was given at all, which is no guess. Digits are ASCII digits. */
export function readCode(presented: string | null | undefined): PresentedCode | undefined {
  const text = (presented ?? '').replaceAll(' ', '');
  if (text === '') return undefined;
  if (/^[0-9]{6}$/.test(text)) return { kind: 'totp', text };
  if (/^[0-9]{8}$/.test(text)) return { kind: 'key-page', text };
  if (/^[0-9a-f]{64}$/i.test(text)) return { kind: 'web', text: text.toLowerCase() };
  const withoutHyphens = text.replaceAll('-', '');
  if (/^[0-9]{16}$/.test(withoutHyphens)) return { kind: 'recovery-code', text: withoutHyphens };
  return { kind: 'malformed', text };
}
