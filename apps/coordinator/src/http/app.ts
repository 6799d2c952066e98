// The Fastify application: content types, the error handler and the OpenAPI document around the routes
// table. Listening and closing are coordinator.ts's affair.
import { openApiDocument } from '@colora/protocol/openapi/openapi';
import { ProblemError } from '@colora/protocol/problems';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { DatabaseWatch } from '../database/database-watch.ts';
import { answerProblem } from './problem-answer.ts';

/** JSON bodies; tensors are bounded by their checkpoint instead. */
const jsonBodyLimit = 4 * 1024 * 1024;

export function createApp(log: Logger, watch: DatabaseWatch, version: string): FastifyInstance {
  const app = Fastify({
    bodyLimit: jsonBodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    // A slow sender of headers is cut off; bodies may take their time over thin lines.
    requestTimeout: 0,
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
  });
  // Left in the socket: the use case reads it with its own limit.
  app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
  app.setErrorHandler((error, request, reply) => answerProblem(log, watch, error, request, reply));
  app.setNotFoundHandler((request) => {
    throw new ProblemError(
      'unknown-route',
      `there is no ${request.method} ${request.url.split('?')[0]}; /openapi.json lists what there is`,
    );
  });
  const document = JSON.stringify(openApiDocument(version));
  app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(document));
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request;
    log.debug({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
  });
  return app;
}
