/** Names that people give their keys. */
import { fail } from '../kernel/failure.ts';

/** Characters. */
export const longestKeyName = 64;

/** A name for a key, without the space around it. Fails with `request_invalid` unless it is one line of 1 to 64 characters. */
export function checkKeyName(name: string): string {
  const trimmed = name.trim();
  const length = [...trimmed].length;
  if (
    length === 0 ||
    length > longestKeyName ||
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(trimmed) ||
    !trimmed.isWellFormed()
  )
    fail('request_invalid', {
      reason: `The name of a key is one line of 1 to ${longestKeyName} characters.`,
    });
  return trimmed;
}
