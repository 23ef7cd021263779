import type { IncomingMessage } from 'node:http';
import { fail } from '../kernel/failure.ts';
import { openBody } from './body.ts';

const limit = 64 * 1024;
const mostFields = 100;

/** The fields of a form as its page sent them: the first value of each name. */
export type Fields = Readonly<Record<string, string>>;

/**
 * Reads a form (`application/x-www-form-urlencoded`). Fails with `request_invalid`, `request_too_large`, and with
 * `form_expired` where the body is something else than a form: no page of ours sends that.
 */
export async function readForm(request: IncomingMessage): Promise<Fields> {
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) fail('form_expired');
  const chunks: Buffer[] = [];
  for await (const chunk of openBody(request, limit)) chunks.push(chunk);
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  let count = 0;
  for (const [name, value] of new URLSearchParams(Buffer.concat(chunks).toString('utf8'))) {
    count += 1;
    if (count > mostFields) fail('request_invalid', { reason: `A form has at most ${mostFields} fields.` });
    if (name === '__proto__') fail('request_invalid', { reason: 'A form has no field of that name.' });
    fields[name] ??= value;
  }
  return fields;
}
