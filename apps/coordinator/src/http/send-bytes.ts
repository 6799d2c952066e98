// Sends tensors: named by an ETag that is their sha256, answered 304 to who has them already.
import { Readable } from 'node:stream';
import { formatContentDigest } from '@colora/protocol/digest';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { BytesResult } from './call.ts';

export function sendBytes(request: FastifyRequest, reply: FastifyReply, result: BytesResult) {
  const tag = `"${result.sha256}"`;
  reply.header('etag', tag).header('cache-control', result.immutable ? 'private, immutable' : 'no-cache');
  if (holds(request.headers['if-none-match'], tag)) return reply.code(304).send();
  return reply
    .type('application/octet-stream')
    .header('content-length', result.bytes)
    .header('content-digest', formatContentDigest(result.sha256))
    .send(Readable.from(result.content(), { objectMode: false }));
}

/** If-None-Match (RFC 9110, 13.1.2): a list of tags, weak or not, or `*`. */
function holds(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((part) => {
    const given = part.trim().replace(/^W\//, '');
    return given === '*' || given === tag;
  });
}
