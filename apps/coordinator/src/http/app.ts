// The Fastify application: its server, content types, headers, limits, the error handler and the OpenAPI document around the
// routes table. Listening and closing are coordinator.ts's affair.

import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { openApiDocument } from '@colora/protocol/openapi/openapi';
import helmet from '@fastify/helmet';
import Fastify, { type FastifyHttpOptions, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { createOwnSite, type OwnSite } from '../browser/own-site.ts';
import type { Dashboard } from '../dashboard/dashboard-files.ts';
import type { DatabaseWatch } from '../database/database-watch.ts';
import { serveDocs } from '../docs/serve-docs.ts';
import { type RequestIds, withRequestIds } from '../log/request-ids.ts';
import type { TlsSettings } from '../tls/tls-files.ts';
import { answerBroken } from './broken-requests.ts';
import { mostJsonBytes, takeJson } from './json-body.ts';
import { methodsAt, pathOf, unknownAddress } from './known-addresses.ts';
import { letGo } from './let-go.ts';
import { answerProblem } from './problem-answer.ts';
import { limitRates, type RateChecks, type RateLimits, rateLimits } from './sender/rate-limits.ts';
import { serveDashboard } from './serve-dashboard.ts';
import { longestRequestMs, type ServerLimits, serverLimits } from './server-limits.ts';

export interface AppOptions {
  readonly limits?: ServerLimits;
  readonly rates?: RateLimits;
  /** Plain HTTP without. */
  readonly tls?: TlsSettings | undefined;
  /** Of the proxies that are believed about where requests come from; without: of none. */
  readonly trustProxy?: readonly string[] | undefined;
  /** Where browsers reach the coordinator. */
  readonly publicUrl?: string | undefined;
  /** What is served where no route is; nothing without. */
  readonly dashboard?: Dashboard | undefined;
  /** Sees each request before anything else does. */
  readonly instrument?: ((app: FastifyInstance) => void) | undefined;
}

export interface App {
  readonly app: FastifyInstance;
  readonly rates: RateChecks;
  readonly ownSite: OwnSite;
}

/** Routes are added once it has loaded its plugins: in `app.after`. */
export function createApp(
  log: Logger,
  watch: DatabaseWatch,
  version: string,
  {
    limits = serverLimits,
    rates: rateTable = rateLimits,
    tls,
    trustProxy,
    publicUrl,
    dashboard,
    instrument,
  }: AppOptions = {},
): App {
  const app = Fastify({
    bodyLimit: mostJsonBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    requestTimeout: longestRequestMs,
    connectionTimeout: limits.quietMs,
    ...serverOptions(limits, tls),
    ...(trustProxy === undefined ? {} : { trustProxy: [...trustProxy] }),
    clientErrorHandler: answerBroken,
    frameworkErrors: (error, request, reply) => answerProblem(log, watch, error, request, reply),
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
  });
  app.server.maxConnections = limits.connections;
  instrument?.(app);
  app.register(helmet, headers);
  const rates = limitRates(app, rateTable);
  const ownSite = createOwnSite(publicUrl);
  takeJson(app);
  // Left in the socket: the use case reads it with its own limit.
  app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
  app.setErrorHandler((error, request, reply) => answerProblem(log, watch, error, request, reply));
  // First of all: what is done for a request is done with its ids known.
  app.addHook('onRequest', (request, reply, done) => {
    const ids = idsOf(request);
    reply.header('request-id', ids.request);
    withRequestIds(ids, done);
  });
  // Before a body is read.
  app.addHook('onRequest', async (request, reply) => {
    reply.raw.once('finish', () => letGo(request.raw));
    await rates.address(request, reply);
    ownSite.assertOwn(request.raw);
    if (!request.is404) return;
    const path = pathOf(request);
    const methods = methodsAt(path);
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    else if (dashboard !== undefined && (request.method === 'GET' || request.method === 'HEAD')) return;
    throw unknownAddress(request.method, path);
  });
  app.setNotFoundHandler(async (request, reply) => {
    if (dashboard !== undefined && (await serveDashboard(dashboard, request, reply))) return reply;
    throw unknownAddress(request.method, request.url);
  });
  serveDocs(app, () => openApiDocument(version));
  let described: string | undefined;
  app.after(() => {
    app.get('/openapi.json', (_request, reply) => {
      described ??= JSON.stringify(app.swagger());
      return reply.type('application/json').send(described);
    });
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method } = request;
    const facts = { method, path: pathOf(request), status: reply.statusCode };
    log.debug({ ...facts, ms: Math.round(reply.elapsedTime) }, 'request');
  });
  return { app, rates, ownSite };
}

function idsOf({ params }: FastifyRequest): RequestIds {
  const { group, round } = params as { group?: string; round?: string };
  return {
    request: randomUUID(),
    ...(group === undefined ? {} : { group }),
    ...(round === undefined ? {} : { round }),
  };
}

/** Nothing here is a page but the dashboard and docs/, which say their own: browsers show it nowhere, and remember where TLS is. */
const headers = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  dnsPrefetchControl: false,
  downloadOptions: false,
  permittedCrossDomainPolicies: false,
  xssFilter: false,
} as const;

/** Whoever opens TLS has as long for it as for the headers. A certificate of a member is asked for where there is an authority. */
function serverOptions(
  { headersMs }: ServerLimits,
  tls: TlsSettings | undefined,
): Pick<FastifyHttpOptions<Server>, 'http'> {
  const times = { headersTimeout: headersMs, connectionsCheckingInterval: headersMs / 3 };
  if (tls === undefined) return { http: times };
  const members = tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: false };
  return { https: { ...times, ...tls, ...members, handshakeTimeout: headersMs } } as object; // Fastify's types tell the two servers apart
}
