// Sends tensors: named by an ETag that is their sha256, answered 304 to who has them already and 206 to who lacks a
// part, so that a broken download goes on where it stopped (RFC 9110).
import { Readable } from 'node:stream';
import { formatContentDigest } from '@colora/protocol/digest';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { byteRange } from './byte-range.ts';
import type { BytesResult } from './call.ts';

export function sendBytes(request: FastifyRequest, reply: FastifyReply, result: BytesResult) {
  const { sha256, bytes } = result;
  const tag = `"${sha256}"`;
  reply
    .header('etag', tag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', result.immutable ? 'private, immutable' : 'no-cache');
  if (holds(request.headers['if-none-match'], tag)) return reply.code(304).send();
  const range = byteRange(request.headers, tag, bytes);
  if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${bytes}`).send();
  const { from, to } = range === 'whole' ? { from: 0, to: bytes } : range;
  if (range === 'whole') reply.header('content-digest', formatContentDigest(sha256));
  else reply.code(206).header('content-range', `bytes ${from}-${to - 1}/${bytes}`);
  result.onBegin?.();
  if (to === bytes && result.onEnd !== undefined) reply.raw.once('finish', result.onEnd);
  const content = result.content(from, to);
  return reply
    .type('application/octet-stream')
    .header('content-length', to - from)
    .send(content instanceof Uint8Array ? content : Readable.from(content, { objectMode: false }));
}

/** If-None-Match (RFC 9110, 13.1.2): a list of tags, weak or not, or `*`. */
export function holds(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => {
    const given = part.trim().replace(/^W\//, '');
    return given === '*' || given === tag;
  });
}
