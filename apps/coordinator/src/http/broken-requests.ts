// What Node's parser refuses before there is a request: answered with a problem body (RFC 9457) like everything else, then closed.
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ProblemError } from '@colora/protocol/problems';

/** For Fastify's clientErrorHandler. */
export function answerBroken(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const problem = problemOf(error.code);
  const body = JSON.stringify(problem.toProblem());
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

function problemOf(code: string | undefined): ProblemError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new ProblemError('too-slow', 'the request took too long to come: send it again');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new ProblemError('headers-too-large', 'address and headers are longer than 16 KB together');
  return new ProblemError('invalid-request', 'this is no HTTP request');
}
