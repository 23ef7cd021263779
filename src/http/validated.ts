import type { ZodType, z } from 'zod';
import { fail } from '../kernel/failure.ts';

const mostNamed = 5;
const longestNamed = 60;

/** What is wrong with a body, in a length that does not follow from what was sent. */
function describe(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return issue.message;
  const { keys } = issue;
  const named = keys.slice(0, mostNamed).map((key) => JSON.stringify(key.slice(0, longestNamed)));
  const others = keys.length > mostNamed ? ` and ${keys.length - mostNamed} more` : '';
  return `Unrecognized key${keys.length > 1 ? 's' : ''}: ${named.join(', ')}${others}`;
}

/** The body in the shape that a route wants. Fails with `request_invalid`. */
export function validated<B>(input: ZodType<B>, body: unknown): B {
  const result = input.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.map((part) => String(part).slice(0, longestNamed)).join('.');
  return fail('request_invalid', {
    reason: `The request body is wrong${place ? ` at "${place}"` : ''}: ${issue ? describe(issue) : 'unknown'}.`,
  });
}
