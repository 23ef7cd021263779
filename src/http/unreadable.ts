/** What node's parser refuses never becomes a request: it is answered here, in the shape of every other refusal. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Failure } from '../kernel/failure.ts';
import type { Reply } from './route.ts';

interface Unreadable {
  readonly status: number;
  readonly failure: Failure;
}

/** All that is known of who asked. */
const nobody = { userAgent: '', code: null, path: '/' };

const invalid = (reason: string): Failure => new Failure('request_invalid', { reason });

function judge(code: string | undefined): Unreadable {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { status: 408, failure: invalid('The request came too slowly.') };
  if (code === 'HPE_HEADER_OVERFLOW')
    return { status: 431, failure: invalid('The headers of the request are larger than 16 KiB.') };
  return { status: 400, failure: invalid('The request is not well-formed HTTP.') };
}

/** Whether an answer is on its way over the socket: another would be read as its body. */
const isAnswering = (socket: Duplex): boolean =>
  (socket as { _httpMessage?: { headersSent: boolean } | null })._httpMessage?.headersSent ?? false;

/** Answers an error of the parser (node's `clientError`) and ends the connection, which nobody can read on. */
export const answerUnreadable =
  (render: (failure: Failure, asked: typeof nobody) => Reply) =>
  (error: Error & { code?: string }, socket: Duplex): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return;
    if (socket.writable && !isAnswering(socket)) {
      const { status, failure } = judge(error.code);
      const { headers, body } = render(failure, nobody);
      const text = JSON.stringify(body);
      const lines = Object.entries({
        ...headers,
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(Buffer.byteLength(text)),
        connection: 'close',
      }).map(([name, value]) => `${name}: ${value}`);
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${text}`);
    }
    socket.destroy(error);
  };
