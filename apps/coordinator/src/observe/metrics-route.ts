// GET /metrics, in Prometheus' text form. It is asked by a monitor that should be able to do nothing else: with a token that opens
// this address alone, also while the database is away; a key of who runs groups opens it too. Not a row of the routes table: its
// form is Prometheus', and no client of ours asks for it.
import { createHash, timingSafeEqual } from 'node:crypto';
import { ProblemError } from '@colora/protocol/problems';
import { operators } from '@colora/protocol/route/row-parts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import { authenticate } from '../http/authenticate.ts';
import type { RateChecks } from '../http/sender/rate-limits.ts';
import { createGroupFigures } from './group-figures.ts';
import { createStorageFigures } from './storage-figures.ts';

interface MetricsOptions {
  readonly rates: RateChecks;
  /** Opens /metrics and nothing else. Without: keys alone. */
  readonly token: string | undefined;
}

export function addMetrics(app: FastifyInstance, context: Context, { rates, token }: MetricsOptions): void {
  const { meters, watch } = context;
  const figures = createGroupFigures(context);
  const stored = createStorageFigures(context);
  meters.queue('turns', () => context.turns.waiting);
  meters.queue('uploads', () => context.uploads.waiting);
  meters.queue('reading', () => context.uploads.unread);
  meters.database(() => watch.isAnswering);
  const isToken = tokenCheck(token);
  app.get('/metrics', {
    async onRequest(request, reply) {
      const isKnown = isToken(request);
      if (!isKnown)
        await assertOperator(context, request).catch(async (error: unknown) => {
          await rates.stranger(request, reply);
          throw error;
        });
      await rates.key(request, reply);
    },
    async handler(_request, reply) {
      const texts = await Promise.all([meters.registry.metrics(), figures.text(), stored.text()]);
      return reply.type(meters.registry.contentType).header('cache-control', 'no-store').send(texts.join(''));
    },
  });
}

async function assertOperator({ keys, watch }: Context, request: FastifyRequest): Promise<void> {
  const { headers } = request;
  if (headers.authorization === undefined)
    throw new ProblemError(
      'missing-key',
      'send "Authorization: Bearer <key>" of an operator, or the token of COLORA_METRICS_TOKEN',
    );
  watch.assertAnswering();
  const asked = { headers, sessionToken: undefined, group: undefined };
  await watch.during(authenticate(keys, { method: 'GET', access: operators }, asked));
}

/** Compares hashes, so that how long it takes says nothing. */
function tokenCheck(token: string | undefined): (request: FastifyRequest) => boolean {
  if (token === undefined) return () => false;
  const hashOf = (text: string) => createHash('sha256').update(text).digest();
  const wanted = hashOf(`Bearer ${token}`);
  return ({ headers }) => timingSafeEqual(hashOf(headers.authorization ?? ''), wanted);
}
