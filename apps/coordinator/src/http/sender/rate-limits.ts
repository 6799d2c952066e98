// How often an address and a key may ask, by Fastify's own plugin. Each answer says what is left (of the key's limit where there is
// a key), and whoever asks more often hears when to come again. Addresses of this machine are let be: many members may live on it. How much a body may be is server-limits.ts's.
import { createHash } from 'node:crypto';
import { ProblemError } from '@colora/protocol/problems';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sessionTokenOf } from '../../browser/session-cookie.ts';
import { addressKey } from './address-key.ts';

interface Limit {
  readonly max: number;
  readonly timeWindow: number;
}

export interface RateLimits {
  /** Any requests from one address that is not this machine's. */
  readonly address: Limit;
  /** Of these, those without a key that is known. */
  readonly stranger: Limit;
  /** Requests with one key, from wherever. */
  readonly key: Limit;
}

/** A member needs a few a second when a round opens, and one in some seconds between. */
export const rateLimits: RateLimits = {
  address: { max: 6_000, timeWindow: 10_000 },
  stranger: { max: 200, timeWindow: 10_000 },
  key: { max: 1_000, timeWindow: 10_000 },
};

/** What is remembered: the last so many addresses and keys. */
const remembered = 50_000;

type Check = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export interface RateChecks {
  readonly address: Check;
  /** For a request that turned out to be a stranger's. */
  readonly stranger: Check;
  readonly key: Check;
}

/** To be asked once the app is ready. Each throws too-many-requests. */
export function limitRates(app: FastifyInstance, limits: RateLimits): RateChecks {
  app.register(rateLimit, { global: false, cache: remembered });
  const ready: { -readonly [Name in keyof RateChecks]?: Check } = {};
  app.after(() => {
    ready.address = checkOf(app, limits.address, ({ ip }) => `address ${addressKey(ip)}`, isHere);
    ready.stranger = checkOf(app, limits.stranger, ({ ip }) => `stranger ${addressKey(ip)}`, isHere);
    ready.key = checkOf(app, limits.key, keyOf, () => false);
  });
  return {
    address: (request, reply) => ready.address!(request, reply),
    stranger: (request, reply) => ready.stranger!(request, reply),
    key: (request, reply) => ready.key!(request, reply),
  };
}

function checkOf(
  app: FastifyInstance,
  limit: Limit,
  keyGenerator: (request: FastifyRequest) => string,
  isFree: (request: FastifyRequest) => boolean,
): Check {
  const check = app.createRateLimit({ ...limit, keyGenerator });
  return async (request, reply) => {
    if (isFree(request)) return;
    const found = await check(request);
    if (found.isAllowed) return;
    reply.header('ratelimit-limit', found.max);
    reply.header('ratelimit-remaining', found.remaining);
    reply.header('ratelimit-reset', found.ttlInSeconds);
    if (!found.isExceeded) return;
    reply.header('retry-after', Math.max(1, found.ttlInSeconds));
    throw new ProblemError(
      'too-many-requests',
      `at most ${found.max} requests in ${found.timeWindow / 1000} s are answered: ask again in ${found.ttlInSeconds} s`,
    );
  };
}

/** Its hash: a key is nowhere kept. Of a browser, its session's. */
const keyOf = ({ headers, protocol }: FastifyRequest) =>
  `key ${createHash('sha256')
    .update(headers.authorization ?? sessionTokenOf({ headers, isEncrypted: protocol === 'https' }) ?? '')
    .digest('base64')}`;

const isHere = ({ ip }: FastifyRequest) => ip === '::1' || /^(::ffff:)?127\./.test(ip);
