// Registers every row of the routes table with Fastify: key, role, parameters and body checked by the
// row's schemas before the use case runs, its answer checked after. No route is written by hand. What a request makes its use case
// depend on (If-Match, Idempotency-Key) is conditions/.
import type { Route } from '@colora/protocol/route/route';
import { type RouteName, routes } from '@colora/protocol/routes';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { flowCookie, flowOf } from '../browser/flow-cookie.ts';
import type { OwnSite } from '../browser/own-site.ts';
import { sessionCookie, sessionTokenOf } from '../browser/session-cookie.ts';
import type { Context } from '../context.ts';
import type { KeyHolder } from '../keys/key-ring.ts';
import { requestIds } from '../log/request-ids.ts';
import { assertCertified } from '../tls/certified.ts';
import { authenticate } from './authenticate.ts';
import type { Browser, BytesResult, Handlers, Perform } from './call.ts';
import { incomingBody } from './incoming-body.ts';
import { assertContentType, inTime, mostJsonBytes, mostStrangersBytes } from './json-body.ts';
import { sendBytes } from './send-bytes.ts';
import { addressKey } from './sender/address-key.ts';
import type { RateChecks } from './sender/rate-limits.ts';
import { longestRequestMs } from './server-limits.ts';

type LooseHandler = (context: Context, call: object) => Promise<unknown>;

/** What is asked of a caller before its request is read, and how its request is done. */
export interface Door {
  readonly rates: RateChecks;
  readonly ownSite: OwnSite;
  /** Members come with a certificate too. */
  readonly certified: boolean;
  readonly perform: Perform;
}

export function registerRoutes(
  app: FastifyInstance,
  context: Context,
  handlers: Handlers,
  { rates, ownSite, certified, perform }: Door,
): void {
  // who signs in by OpenID Connect comes by PUBLIC_URL, whatever a proxy made of it
  const isPublicEncrypted = context.oidc?.settings.redirectUri.startsWith('https:') === true;
  const browserRequest = (request: FastifyRequest, { answer }: Route) => ({
    headers: request.headers,
    isEncrypted: request.protocol === 'https' || (answer === 'redirect' && isPublicEncrypted),
  });
  const tokenOf = (request: FastifyRequest, route: Route) =>
    ownSite.isOwn(request.headers) ? sessionTokenOf(browserRequest(request, route)) : undefined;
  const browserOf = (request: FastifyRequest, reply: FastifyReply, route: Route): Browser => ({
    sessionToken: tokenOf(request, route),
    flow: flowOf(browserRequest(request, route)),
    agent: request.headers['user-agent'] ?? null,
    keep(token, seconds) {
      reply.header('set-cookie', sessionCookie(browserRequest(request, route), token, seconds));
    },
    keepFlow(flow, seconds) {
      reply.header('set-cookie', flowCookie(browserRequest(request, route), flow, seconds));
    },
    assertCertified() {
      if (certified) assertCertified(request.raw.socket);
    },
  });
  const holders = new WeakMap<FastifyRequest, KeyHolder>();
  const noteHolder = (request: FastifyRequest, holder: KeyHolder) => {
    holders.set(request, holder);
    const ids = requestIds();
    if (ids !== undefined && holder.participantId !== null) ids.participantId = holder.participantId;
  };
  for (const name of Object.keys(routes) as RouteName[]) {
    const route: Route = routes[name];
    const handler = handlers[name] as unknown as LooseHandler;
    app.route({
      method: route.method,
      url: route.path,
      exposeHeadRoute: false,
      bodyLimit: route.body === undefined || route.access === 'anyone' ? mostStrangersBytes : mostJsonBytes,
      // Before the body is read: nobody without a key makes us take bytes.
      onRequest: async (request, reply) => {
        if (route.body === 'bytes') request.raw.socket.setTimeout(longestRequestMs); // it may wait for its place
        if (!needsDatabase(name)) return; // also with a key in the header: nobody is looked up
        context.watch.assertAnswering();
        const { group } = request.params as { group?: string };
        const { headers } = request;
        const sessionToken = tokenOf(request, route);
        const holder = await context.watch.during(
          authenticate(context.keys, route, { headers, sessionToken, group }).catch(
            async (error: unknown) => {
              await rates.stranger(request, reply);
              throw error;
            },
          ),
        );
        await (holder === null ? rates.stranger : rates.key)(request, reply);
        if (certified && (holder?.role ?? (route.browser ? null : 'participant')) === 'participant')
          assertCertified(request.raw.socket);
        if (holder !== null) noteHolder(request, holder);
        if (route.body === 'bytes') assertContentType(request, 'application/octet-stream');
        else if (route.body !== undefined) assertContentType(request, 'application/json');
      },
      ...(route.body === 'bytes' ? {} : { preParsing: async (request) => inTime(request) }),
      handler: async (request, reply) => {
        const holder = holders.get(request);
        const address = request.ip;
        const caller = holder === undefined ? null : { ...holder, address };
        const browser = route.browser ? { browser: browserOf(request, reply, route) } : {};
        const use = async (given: Context) =>
          handler(given, { ...parseRequest(route, request), caller, address, ...browser });
        const inTurn = <Done>(call: () => Promise<Done>) =>
          context.watch.during(takesTurn(name) ? context.turns.take(call) : call());
        if (route.browser === true) reply.header('cache-control', 'no-store'); // it may bear a cookie or a page's token
        if (route.answer === 'redirect')
          return reply.redirect((await inTurn(() => use(context))) as string, 303);
        if (route.answer === 'bytes')
          return sendBytes(request, reply, (await inTurn(() => use(context))) as BytesResult);
        const { answer, headers } = await inTurn(() =>
          perform(context, { route, request, holder }, async (given) => checked(route, await use(given))),
        );
        return reply.headers(headers).send(answer);
      },
      onResponse: async (_request, reply) => note(context, name, reply),
    });
  }
}

/** Those that wait for others too, a sender or a provider, see to turns themselves; whether it lives is answered at any time. */
const takesTurn = (name: RouteName) => {
  const { body, answer } = routes[name] as Route;
  return needsDatabase(name) && body !== 'bytes' && answer !== 'redirect';
};

/** The others say for themselves how it is. */
const needsDatabase = (name: RouteName) => name !== 'health' && name !== 'ready';

function parseRequest(route: Route, request: FastifyRequest): object {
  return {
    params: parsePart(route.params, request.params),
    query: parsePart(route.query, request.query),
    body:
      route.body === 'bytes'
        ? incomingBody(request.raw, addressKey(request.ip))
        : parsePart(route.body, request.body),
  };
}

/** What was answered, for the metrics. */
function note({ meters }: Context, name: RouteName, reply: FastifyReply): void {
  meters.request(name, reply.statusCode, reply.elapsedTime / 1000);
  const isSent = (routes[name] as Route).answer === 'bytes' && reply.statusCode < 300;
  if (isSent && reply.raw.writableFinished)
    meters.bytes('download', Number(reply.getHeader('content-length') ?? 0));
}

function parsePart(schema: z.ZodType | undefined, value: unknown): unknown {
  return schema?.parse(value);
}

function checked(route: Route, result: unknown): unknown {
  const parsed = (route.answer as z.ZodType).safeParse(result);
  if (parsed.success) return parsed.data;
  // Our fault, not the caller's: must not become an invalid-request.
  throw new Error(`an answer does not fit its schema: ${z.prettifyError(parsed.error)}`);
}
