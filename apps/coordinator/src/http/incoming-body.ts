// A body of bytes on its way in: a stream read no faster than it is used, counted, hashed and checked against its
// Content-Digest at its end. A sender that stalls is given up. What the bytes mean is not known here.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseContentDigest } from '@colora/protocol/digest';
import { ProblemError } from '@colora/protocol/problems';
import { signatureHeader } from '@colora/protocol/proofs/signatures';
import type { UploadPlace } from '../load/upload-limits.ts';

export interface IncomingBody {
  /** Where it comes from. */
  readonly address: string;
  /** The sha256 (hex) it announces. Throws invalid-request without one. */
  announced(): string;
  /** As it came in the signature's header, unchecked; null without one. */
  signature(): string | null;
  /** Throws too-large where its Content-Length alone tells. */
  assertFits(maxBytes: number): void;
  /**
   * The bytes as they come, and while none do the place is given back. Throws too-large, truncated-body, too-slow, and
   * hash-mismatch at the end. Whoever leaves the loop early leaves the rest in the socket.
   */
  read(maxBytes: number, place: UploadPlace): AsyncIterable<Uint8Array>;
}

/** How long a sender may be waited for, all in all: so many seconds, and one more for each so many bytes that came. */
export interface Pace {
  readonly graceSeconds: number;
  readonly bytesPerSecond: number;
  /** From its beginning to its end, however it comes. */
  readonly longestSeconds: number;
}

/** However large it is: what is staged longer than this, nobody fills any more. */
export const longestUploadSeconds = 3_000;

const defaultPace: Pace = {
  graceSeconds: 20,
  bytesPerSecond: 4096,
  longestSeconds: longestUploadSeconds,
};

export function incomingBody(
  request: IncomingMessage,
  address: string,
  pace: Pace = defaultPace,
): IncomingBody {
  const announced = () => {
    const sha256 = parseContentDigest(headerOf(request, 'content-digest'));
    if (sha256 !== null) return sha256;
    throw new ProblemError(
      'invalid-request',
      'a Content-Digest header with the body’s sha-256 is needed (RFC 9530)',
    );
  };
  const assertFits = (maxBytes: number) => {
    const length = Number(request.headers['content-length'] ?? 0);
    if (length > maxBytes) throw tooLarge(length, maxBytes);
  };
  return {
    address,
    announced,
    signature: () => headerOf(request, signatureHeader) ?? null,
    assertFits,
    async *read(maxBytes, place) {
      const expected = announced();
      assertFits(maxBytes);
      const hash = createHash('sha256');
      let total = 0;
      for await (const chunk of patiently(request, pace, place)) {
        total += chunk.length;
        if (total > maxBytes) throw tooLarge(total, maxBytes);
        hash.update(chunk);
        yield chunk;
      }
      const sha256 = hash.digest('hex');
      if (sha256 === expected) return;
      throw new ProblemError(
        'hash-mismatch',
        `the body's sha256 is ${sha256}, its Content-Digest says ${expected}`,
      );
    },
  };
}

/**
 * The request's chunks. Time spent waiting for the sender counts, time its bytes wait for us doesn't. Not the stream's
 * own iterator: leaving that one early would close the socket, on which the answer still has to go out.
 */
export async function* patiently(
  request: IncomingMessage,
  pace: Pace,
  place?: UploadPlace,
): AsyncGenerator<Uint8Array> {
  let wake: () => void = () => undefined;
  const onEvent = () => wake();
  const events = ['readable', 'end', 'error', 'close'] as const;
  for (const event of events) request.on(event, onEvent);
  place?.signal.addEventListener('abort', onEvent);
  let total = 0;
  let told = 0;
  let waitedMs = 0;
  const endsAt = performance.now() + pace.longestSeconds * 1000;
  try {
    for (;;) {
      const chunk = request.read() as Uint8Array | null;
      if (chunk !== null) {
        if (performance.now() > endsAt) throw tooSlow(total, waitedMs);
        total += chunk.length;
        yield chunk;
        continue;
      }
      if (request.readableEnded || (request.complete && request.readableLength === 0)) return;
      if (request.destroyed) throw truncated(request, total);
      const allowedMs = (pace.graceSeconds + total / pace.bytesPerSecond) * 1000;
      const began = performance.now();
      place?.pause(total - told);
      told = total;
      await new Promise<void>((done) => {
        const timer = setTimeout(done, Math.max(0, allowedMs - waitedMs));
        wake = () => {
          clearTimeout(timer);
          done();
        };
      });
      waitedMs += performance.now() - began;
      await place?.resume();
      if (waitedMs >= allowedMs && request.readableLength === 0) throw tooSlow(total, waitedMs);
    }
  } finally {
    for (const event of events) request.off(event, onEvent);
    place?.signal.removeEventListener('abort', onEvent);
  }
}

function truncated(request: IncomingMessage, total: number): ProblemError {
  const length = request.headers['content-length'] ?? 'it';
  return new ProblemError('truncated-body', `the body ended after ${total} bytes of ${length}`);
}

function tooSlow(total: number, waitedMs: number): ProblemError {
  const seconds = Math.round(waitedMs / 1000);
  return new ProblemError(
    'too-slow',
    `only ${total} bytes came, and ${seconds} s were spent waiting for more: send it again over a better line`,
  );
}

function tooLarge(bytes: number, maxBytes: number): ProblemError {
  return new ProblemError('too-large', `the body has ${bytes} bytes or more, at most ${maxBytes} are taken`);
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
