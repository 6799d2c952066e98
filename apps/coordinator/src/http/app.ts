// The Fastify application: content types, the error handler and the OpenAPI document around the routes
// table. Listening and closing are coordinator.ts's affair.
import { openApiDocument } from '@colora/protocol/openapi/openapi';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { DatabaseWatch } from '../database/database-watch.ts';
import { answerBroken } from './broken-requests.ts';
import { mostJsonBytes, takeJson } from './json-body.ts';
import { methodsAt, unknownAddress } from './known-addresses.ts';
import { letGo } from './let-go.ts';
import { assertOwnSite } from './own-site.ts';
import { answerProblem } from './problem-answer.ts';
import { longestRequestMs, type ServerLimits, serverLimits } from './server-limits.ts';

export function createApp(
  log: Logger,
  watch: DatabaseWatch,
  version: string,
  limits: ServerLimits = serverLimits,
): FastifyInstance {
  const app = Fastify({
    bodyLimit: mostJsonBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    requestTimeout: longestRequestMs,
    connectionTimeout: limits.quietMs,
    http: { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.headersMs / 3 },
    clientErrorHandler: answerBroken,
    frameworkErrors: (error, request, reply) => answerProblem(log, watch, error, request, reply),
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
  });
  app.server.maxConnections = limits.connections;
  takeJson(app);
  // Left in the socket: the use case reads it with its own limit.
  app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
  app.setErrorHandler((error, request, reply) => answerProblem(log, watch, error, request, reply));
  // Before a body is read.
  app.addHook('onRequest', async (request, reply) => {
    reply.raw.once('finish', () => letGo(request.raw));
    assertOwnSite(request.raw);
    if (!request.is404) return;
    const path = request.url.split('?')[0]!;
    const methods = methodsAt(path);
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    throw unknownAddress(request.method, path);
  });
  app.setNotFoundHandler((request) => {
    throw unknownAddress(request.method, request.url);
  });
  const document = JSON.stringify(openApiDocument(version));
  app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(document));
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request;
    log.debug({ method, url, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'request');
  });
  return app;
}
