/**
 * The second factor in npm's words: the `tfa` of `/-/npm/v1/user` (protocol/auth.md §6; npm's lib/commands/profile.js
 * and npm-profile). Pure translation; the routes are in profile.ts.
 */
import type { Beginning, FactorMode, SecondFactor } from '../factors/enrol.ts';
import { fail } from '../kernel/failure.ts';

/** What a POST's `tfa` asks for. */
export type FactorWish =
  | { readonly act: 'enable'; readonly mode: FactorMode; readonly password: string | undefined }
  | { readonly act: 'disable'; readonly password: string | undefined }
  | { readonly act: 'confirm'; readonly code: string };

const modes = ['auth-only', 'auth-and-writes', 'disable'] as const;
const isMode = (value: unknown): value is (typeof modes)[number] => modes.some((mode) => mode === value);
const refuse = (reason: string): never => fail('request_invalid', { reason });

function readObject(tfa: object): FactorWish {
  const { mode, password, ...rest } = tfa as { mode?: unknown; password?: unknown };
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) refuse(`"tfa" takes "password" and "mode", not "${unknown}".`);
  if (!isMode(mode)) return refuse('"tfa.mode" must be "auth-only", "auth-and-writes" or "disable".');
  if (password !== undefined && typeof password !== 'string') return refuse('"tfa.password" must be a text.');
  return mode === 'disable' ? { act: 'disable', password } : { act: 'enable', mode, password };
}

/**
 * Reads a `tfa`: `{password, mode}` begins or changes the mode, `{password, mode: "disable"}` ends, `[code]` finishes.
 * A list of anything but one text is a guess that cannot be right. Undefined where `tfa` is absent or null: npm's
 * `profile set` sends all it knows. Failure: `request_invalid`.
 */
export function readFactorWish(tfa: unknown): FactorWish | undefined {
  if (tfa === undefined || tfa === null) return undefined;
  if (Array.isArray(tfa)) {
    const [code] = tfa;
    return {
      act: 'confirm',
      code: tfa.length === 1 && typeof code === 'string' ? code : JSON.stringify(tfa),
    };
  }
  return typeof tfa === 'object'
    ? readObject(tfa)
    : refuse('"tfa" must be {"password", "mode"} or a list of one code.');
}

/** The `tfa` of a profile: null where there is nothing; a set-up that waits shows as pending, which npm calls disabled. */
export const describeFactor = (factor: SecondFactor | null): { mode: FactorMode; pending: boolean } | null =>
  factor && { mode: factor.mode, pending: factor.pending };

/** Npm before 11.4 takes a changed mode for granted only where the reply says null, npm since then only where it is told. */
const expectsNull = (userAgent: string): boolean => {
  const [, major, minor] = /^npm\/(\d+)\.(\d+)/.exec(userAgent) ?? [];
  if (major === undefined) return false;
  return Number(major) < 11 || (Number(major) === 11 && Number(minor) < 4);
};

/** The `tfa` of the reply to a beginning: the URI to scan, or the mode in the shape that this client understands. */
export function describeBeginning(
  beginning: Beginning,
  userAgent: string,
): string | { mode: FactorMode } | null {
  if (beginning.step === 'scan') return beginning.uri;
  return expectsNull(userAgent) ? null : { mode: beginning.mode };
}
