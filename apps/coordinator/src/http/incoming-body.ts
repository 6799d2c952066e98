// A body of bytes on its way in: read whole, up to a limit, and checked against its Content-Digest.
// What the bytes mean is not known here.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseContentDigest } from '@colora/protocol/digest';
import { ProblemError } from '@colora/protocol/problems';

export interface ReceivedBody {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

export interface IncomingBody {
  /** Reads it all. Throws too-large, truncated-body, hash-mismatch, or invalid-request without a digest. */
  receive(maxBytes: number): Promise<ReceivedBody>;
}

export function incomingBody(request: IncomingMessage): IncomingBody {
  return { receive: (maxBytes) => receive(request, maxBytes) };
}

async function receive(request: IncomingMessage, maxBytes: number): Promise<ReceivedBody> {
  const announced = parseContentDigest(headerOf(request, 'content-digest'));
  if (announced === null) {
    throw new ProblemError(
      'invalid-request',
      'a Content-Digest header with the body’s sha-256 is needed (RFC 9530)',
    );
  }
  const length = request.headers['content-length'];
  if (length !== undefined && Number(length) > maxBytes) throw tooLarge(Number(length), maxBytes);
  const hash = createHash('sha256');
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    // Kept open on refusal: the answer still has to go out on this socket.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      total += chunk.length;
      if (total > maxBytes) throw tooLarge(total, maxBytes);
      hash.update(chunk);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError('truncated-body', `the body ended after ${total} bytes of ${length ?? 'it'}`);
  }
  const sha256 = hash.digest('hex');
  if (sha256 !== announced) {
    throw new ProblemError(
      'hash-mismatch',
      `the body's sha256 is ${sha256}, its Content-Digest says ${announced}`,
    );
  }
  return { bytes: Buffer.concat(chunks, total), sha256 };
}

function tooLarge(bytes: number, maxBytes: number): ProblemError {
  return new ProblemError('too-large', `the body has ${bytes} bytes or more, at most ${maxBytes} are taken`);
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
