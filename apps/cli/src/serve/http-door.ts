// The door of `colora serve`: HTTP by node alone, for programs of this machine. It answers to its own name, to pages of
// origins that were named, and, where a key was set, to who shows it; what is asked is bounded. What is answered is openai-routes.ts.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { asServeError, errorBody, ServeError } from './serve-error.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  /** The JSON of a POST; throws ServeError. */
  json(): Promise<unknown>;
  /** Aborted when the caller goes. */
  readonly signal: AbortSignal;
}

export interface Answer {
  send(body: object): void;
  /** Server-sent events (HTML Living Standard, 9.2): one object each. */
  event(body: object | '[DONE]'): void;
  end(): void;
}

export interface DoorOptions {
  readonly host: string;
  readonly port: number;
  /** Null: whoever reaches it is answered. */
  readonly key: string | null;
  /** Origins of pages that may ask. */
  readonly origins: readonly string[];
  readonly handle: (request: Request, answer: Answer) => Promise<void>;
  /** Told of errors that are the server's own. */
  readonly onFailure: (error: Error) => void;
}

const mostBodyBytes = 8 * 1024 * 1024;
const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '::1', 'localhost']);

export const isLoopback = (host: string) => loopback.has(host);

/** Returns when it listens. Rejects where it can't. */
export async function openDoor(options: DoorOptions): Promise<Server> {
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 20_000 }, (request, response) => {
    void answer(options, request, response);
  });
  server.maxConnections = 256;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve());
  });
  return server;
}

async function answer(options: DoorOptions, request: IncomingMessage, response: ServerResponse) {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  const reply = answerOn(response);
  try {
    letIn(options, request, response);
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    const path = new URL(request.url ?? '/', 'http://here').pathname;
    const json = () => readJson(request);
    await options.handle({ method: request.method ?? 'GET', path, json, signal: gone.signal }, reply);
  } catch (error) {
    if (gone.signal.aborted) return;
    const told = asServeError(error);
    if (told.status >= 500 && error instanceof Error) options.onFailure(error);
    if (response.headersSent) {
      reply.event(errorBody(told));
      reply.end();
      return;
    }
    response.statusCode = told.status;
    if (told.status === 429) response.setHeader('retry-after', '5');
    // a body that wasn't read would be taken for the next request
    if (!request.complete) response.setHeader('connection', 'close');
    reply.send(errorBody(told));
  }
}

/**
 * Throws ServeError. A page of another site may make a browser ask this machine: it comes with its Origin, or, where a name was
 * made to lead here, with a Host that is not ours.
 */
function letIn({ host, key, origins }: DoorOptions, request: IncomingMessage, response: ServerResponse) {
  const { origin, host: named, authorization } = request.headers;
  if (isLoopback(host) && !isLoopback(nameIn(named)))
    throw new ServeError(403, 'wrong_host', 'this server answers to localhost alone');
  if (origin !== undefined) {
    if (!origins.includes(origin))
      throw new ServeError(
        403,
        'foreign_origin',
        `pages of ${shortened(origin)} may not ask: --allow-origin lets them`,
      );
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-headers', 'authorization, content-type');
    response.setHeader('access-control-allow-methods', 'GET, POST');
    response.setHeader('vary', 'origin');
    if (request.method === 'OPTIONS') return; // browsers ask first, without the key
  }
  if (key !== null && !isSame(authorization ?? '', `Bearer ${key}`))
    throw new ServeError(401, 'invalid_api_key', 'the key is missing or another one');
}

const shortened = (text: string) => text.slice(0, 100);

/** The name in a Host header, without the port. */
function nameIn(host: string | undefined): string {
  return /^\[(.+)\](?::\d+)?$/.exec(host ?? '')?.[1] ?? (host ?? '').replace(/:\d+$/, '').toLowerCase();
}

function isSame(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  // what a page can send without asking first is none of these
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw new ServeError(415, 'wrong_type', 'send JSON, with content-type application/json');
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBodyBytes)
      throw new ServeError(413, 'too_large', `the request is larger than ${mostBodyBytes} bytes`);
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch {
    throw new ServeError(400, 'invalid_json', 'the body is no JSON');
  }
}

function answerOn(response: ServerResponse): Answer {
  return {
    send(body) {
      const text = Buffer.from(JSON.stringify(body));
      response.setHeader('content-type', 'application/json');
      response.setHeader('content-length', text.length);
      response.end(text);
    },
    event(body) {
      if (!response.headersSent)
        response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      response.write(`data: ${body === '[DONE]' ? body : JSON.stringify(body)}\n\n`);
    },
    end: () => void response.end(),
  };
}
