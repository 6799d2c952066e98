// Hints between coordinators through a Redis stream. Without its Redis a coordinator goes on and its hints stay
// local; what was said within a disconnection is read afterwards.
import { createAdapter } from '@socket.io/redis-streams-adapter';
import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { FanOut } from './fan-out.ts';

const streamName = 'colora.hints';
/** Hints older than so many are nobody's news. */
const streamLength = 1_000;

export function openRedisFanOut(url: string, log: Logger): FanOut {
  let reachable = true;
  const redis = forgiving(
    new Redis(url, {
      maxRetriesPerRequest: 1, // a hint that cannot be said now is dropped
      retryStrategy: (tries) => Math.min(100 * tries, 2_000) * (0.5 + Math.random()),
    }),
  );
  redis.on('error', (error: Error) => {
    if (reachable)
      log.warn({ err: error }, 'Redis is out of reach: hints stay within this coordinator until it is back');
    reachable = false;
  });
  redis.on('ready', () => {
    if (!reachable) log.info('Redis is back');
    reachable = true;
  });
  const readers: Redis[] = [];
  return {
    adapter: createAdapter(remembering(redis, readers), { streamName, maxLen: streamLength }),
    close() {
      for (const connection of [redis, ...readers]) connection.disconnect();
    },
  };
}

/**
 * The adapter opens its own connections by `duplicate` and, at the end, waits for a read of five seconds before it
 * closes them; with Redis down, for ever. So they are remembered, and closed with the rest. A reader waits for
 * Redis instead of giving up, or the adapter would ask again without a pause.
 */
function remembering(redis: Redis, readers: Redis[]): Redis {
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => {
    const reader = forgiving(duplicate({ ...override, maxRetriesPerRequest: null }));
    readers.push(reader);
    return reader;
  };
  return redis;
}

/** The adapter leaves some commands to themselves (subscribing, publishing): one that fails ends no process. Who waits is told. */
function forgiving(redis: Redis): Redis {
  const send = redis.sendCommand.bind(redis);
  redis.sendCommand = (...command) => {
    const answer = send(...command);
    if (answer instanceof Promise) answer.catch(() => undefined);
    return answer;
  };
  return redis;
}
