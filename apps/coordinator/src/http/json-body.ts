// JSON bodies before they are taken apart: how large, how deep and how full one may be, and how long it may take to come. What
// it must say is the routes table's affair.
import { Readable } from 'node:stream';
import { ProblemError } from '@colora/protocol/problems';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Pace, patiently } from './incoming-body.ts';

/** Bytes; tensors are bounded by their checkpoint instead. */
export const mostJsonBytes = 1024 * 1024;
/** Of whoever has shown no key, and where nothing is asked for in a body. */
export const mostStrangersBytes = 64 * 1024;

const mostDepth = 32;
const mostKeys = 10_000;
/** Elements of arrays among them. */
const mostValues = 50_000;

const pace: Pace = { graceSeconds: 10, bytesPerSecond: 16 * 1024, longestSeconds: 100 };

/** JSON alone is parsed, and only after it was counted. */
export function takeJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    try {
      assertModest(body);
    } catch (error) {
      return done(error as ProblemError);
    }
    parse(request, body.toString('utf8'), done);
  });
}

/** Throws unless the request says that its body is of the type that its route takes: forms of other sites cannot. */
export function assertContentType({ headers }: Pick<FastifyRequest, 'headers'>, expected: string): void {
  const [given = ''] = (headers['content-type'] ?? '').split(';');
  if (given.trim().toLowerCase() === expected) return;
  throw new ProblemError('wrong-content-type', `send "Content-Type: ${expected}" with a body of that type`);
}

/** The body as it comes; a sender that stalls is given up. */
export function inTime(request: FastifyRequest): Readable {
  const body = Readable.from(patiently(request.raw, pace), { objectMode: false });
  return body.on('error', () => undefined); // also once nobody reads any more
}

/** In one pass over the bytes, so that nesting and keys cost nothing before they are refused. */
function assertModest(json: Uint8Array): void {
  const count = { depth: 0, keys: 0, values: 0 };
  let inText = false;
  for (let at = 0; at < json.length; at += 1) {
    const sign = json[at]!;
    if (inText) {
      if (sign === signs.backslash) at += 1;
      else if (sign === signs.quote) inText = false;
      continue;
    }
    if (sign === signs.quote) inText = true;
    else if (sign === signs.brace || sign === signs.bracket) count.depth += 1;
    else if (sign === signs.braceEnd || sign === signs.bracketEnd) count.depth -= 1;
    else if (sign === signs.colon) count.keys += 1;
    else if (sign === signs.comma) count.values += 1;
    else continue;
    if (count.depth > mostDepth) throw refused(`is nested more than ${mostDepth} deep`);
    if (count.keys > mostKeys) throw refused(`has more than ${mostKeys} keys`);
    if (count.values > mostValues) throw refused(`has more than ${mostValues} values`);
  }
}

const signs = {
  quote: 0x22,
  backslash: 0x5c,
  brace: 0x7b,
  braceEnd: 0x7d,
  bracket: 0x5b,
  bracketEnd: 0x5d,
  colon: 0x3a,
  comma: 0x2c,
} as const;

const refused = (why: string) => new ProblemError('invalid-request', `the body ${why}: send less at once`);
