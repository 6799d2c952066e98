// A typed client for the routes table. It sends and checks; it neither retries nor logs.
import type { z } from 'zod';
import { formatContentDigest } from './digest.ts';
import { boundedText, usualAnswerBytes } from './failures/bounded-answer.ts';
import { FileProblem } from './failures/file-problem.ts';
import { type ForeignAnswer, foreignAnswer } from './failures/foreign-answer.ts';
import { causeOf, type Destination, NetworkProblem, unreached } from './failures/network-problem.ts';
import type { ProblemCode } from './problem-table.ts';
import { type Problem, problemSchema } from './problems.ts';
import type { Route } from './route/route.ts';
import { type RouteName, routes } from './routes.ts';

type Input<Part> = Part extends z.ZodType ? z.input<Part> : never;
type Parts<Row> = (Row extends { params: infer Params } ? { params: Input<Params> } : object) &
  (Row extends { query: infer Query } ? { query?: Input<Query> } : object) &
  (Row extends { body: infer Body }
    ? Body extends 'bytes'
      ? { bytes: Uint8Array; sha256: string }
      : { body: Input<Body> }
    : object);
type Answer<Row> = Row extends { answer: infer Schema }
  ? Schema extends z.ZodType
    ? z.output<Schema>
    : Schema extends 'bytes'
      ? Response
      : never
  : never;

export type RouteCall<Name extends RouteName> = Parts<(typeof routes)[Name]> & {
  signal?: AbortSignal;
  /** Further headers: Range, say. */
  headers?: Readonly<Record<string, string>>;
  /** Seconds until it is given up, body included; default the client's own. Infinity: the signal decides. */
  timeoutSeconds?: number;
};
export type RouteAnswer<Name extends RouteName> = Answer<(typeof routes)[Name]>;

/** The coordinator's refusal, as it explained it. */
export class ApiProblem extends Error {
  readonly problem: Problem;
  /** Seconds of a Retry-After header, if there was one. */
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  is(code: ProblemCode): boolean {
    return this.problem.code === code;
  }
}

export interface ApiClient {
  readonly url: string;
  call<Name extends RouteName>(name: Name, call: RouteCall<Name>): Promise<RouteAnswer<Name>>;
}

interface LooseCall {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
  bytes?: Uint8Array;
  sha256?: string;
  signal?: AbortSignal;
  headers?: Readonly<Record<string, string>>;
  timeoutSeconds?: number;
}

/** fetch, of an address in words. */
export type FetchUrl = (url: string, init?: RequestInit) => Promise<Response>;

/** How the client's calls travel. */
export interface ApiClientOptions {
  /** Seconds until a call is given up, its body included; default 60. */
  readonly timeoutSeconds?: number;
  /** Default: the platform's, which knows no proxy. */
  readonly fetch?: FetchUrl;
  /** The proxy that `fetch` takes to an address, to be named where it is in the way; default none. */
  readonly proxyOf?: (url: string) => string | null;
}

interface Line {
  readonly to: Destination;
  readonly fetch: FetchUrl;
  readonly key: string | null;
  readonly timeoutSeconds: number;
}

/**
 * A client of the coordinator at `url`. `key` is asked for at each call, since joining yields one. Redirects are not followed.
 * Throws ApiProblem (the coordinator refused) or NetworkProblem (no usable answer).
 */
export function createApiClient(
  url: string,
  key: () => string | null,
  options: ApiClientOptions = {},
): ApiClient {
  const base = url.replace(/\/+$/, '');
  const { timeoutSeconds = 60, proxyOf = () => null } = options;
  return {
    url: base,
    async call(name, call) {
      const to = { url: base, proxy: proxyOf(base) };
      const line = { to, fetch: options.fetch ?? fetch, key: key(), timeoutSeconds };
      return (await exchange(line, routes[name], call as LooseCall)) as RouteAnswer<typeof name>;
    },
  };
}

async function exchange(line: Line, route: Route, call: LooseCall): Promise<unknown> {
  const limit = openLimit(call.signal, call.timeoutSeconds ?? line.timeoutSeconds);
  let goesOn = false;
  try {
    const response = await send(line, route, call, limit.signal);
    const refused = (text: string) =>
      refusal(askedOf(line, route, call), response.status, (name) => response.headers.get(name), text);
    if (!response.ok || route.answer === 'redirect')
      // which is for browsers
      throw refused(await readText(response, line, call, usualAnswerBytes));
    if (route.answer === 'bytes') {
      if (isPage(response)) throw refused('');
      goesOn = response.body !== null && limit.ends;
      return goesOn ? until(response, limit.end) : response;
    }
    const text = await readText(response, line, call, route.mostAnswerBytes ?? usualAnswerBytes);
    const parsed = route.answer.safeParse(parseJson(text));
    if (!parsed.success) throw refused(text);
    return parsed.data;
  } finally {
    if (!goesOn) limit.end();
  }
}

/** The coordinator sends tensors as bytes, never as a page. */
const isPage = (response: Response) => /^text\/html/i.test(response.headers.get('content-type') ?? '');

async function send(line: Line, route: Route, call: LooseCall, signal: AbortSignal): Promise<Response> {
  const { to, key } = line;
  const headers: Record<string, string> = { ...call.headers };
  if (key !== null) headers.authorization = `Bearer ${key}`;
  const init: RequestInit = { method: route.method, headers, signal, redirect: 'manual' };
  if (call.bytes !== undefined) {
    headers['content-type'] = 'application/octet-stream';
    if (call.sha256 !== undefined) headers['content-digest'] = formatContentDigest(call.sha256);
    init.body = call.bytes as Uint8Array<ArrayBuffer>;
  } else if (route.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(call.body ?? {});
  }
  try {
    return await line.fetch(to.url + fillPath(route.path, call.params) + fillQuery(call.query), init);
  } catch (error) {
    call.signal?.throwIfAborted();
    // of the disk: it was to be listed first
    if (error instanceof NetworkProblem || error instanceof FileProblem) throw error;
    throw unreached('cannot reach', to, error);
  }
}

/**
 * Ends with the caller's signal or after so many seconds. The timer keeps the process up, which a connection that is gone
 * does not: a call always ends with words.
 */
function openLimit(signal: AbortSignal | undefined, seconds: number) {
  const either = new AbortController();
  const stop = () => either.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  const ends = Number.isFinite(seconds);
  const late = () => either.abort(new DOMException('no answer in time', 'TimeoutError'));
  const timer = ends ? setTimeout(late, seconds * 1000) : undefined;
  const end = () => {
    clearTimeout(timer);
    if (ends) signal?.removeEventListener('abort', stop);
  };
  return { signal: either.signal, ends, end };
}

/** The same answer; `end` is called when its body has been read, broke off or was let go. */
function until(response: Response, end: () => void): Response {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (value !== undefined) controller.enqueue(value);
        if (!done) return;
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      end();
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers: [...headers] });
}

/** A route's path with its parameters in it, escaped. */
export function fillPath(path: string, params: Record<string, unknown> = {}): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
}

function fillQuery(query: Record<string, unknown> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return '';
  return `?${new URLSearchParams(Object.fromEntries(pairs.map(([name, value]) => [name, String(value)])))}`;
}

/** What was asked of whom. */
export type Asked = Pick<ForeignAnswer, 'to' | 'method' | 'path'>;

const askedOf = ({ to }: Line, { method, path }: Route, { params }: LooseCall): Asked => ({
  to,
  method,
  path: fillPath(path, params),
});

/** What an answer that is of no use means: ApiProblem, or NetworkProblem where it is not in our words. */
export function refusal(
  asked: Asked,
  status: number,
  header: ForeignAnswer['header'],
  text: string,
): ApiProblem | NetworkProblem {
  const body = problemSchema.safeParse(parseJson(text));
  const retryAfter = retryAfterSeconds(header);
  if (body.success) return new ApiProblem(body.data, retryAfter);
  return foreignAnswer({ ...asked, status, header, text }, retryAfter);
}

/** Retry-After (RFC 9110, 10.2.3) in seconds; a date counts from the answer's own Date, whatever our clock says. */
function retryAfterSeconds(header: (name: string) => string | null | undefined): number | null {
  const value = header('retry-after')?.trim();
  if (value === undefined || value === '') return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(header('date') ?? '')) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

/** A connection lost in mid-body is a NetworkProblem, and so is an answer that goes on and on. */
async function readText(
  response: Response,
  { to }: Line,
  { signal }: LooseCall,
  mostBytes: number,
): Promise<string> {
  try {
    return await boundedText(response, mostBytes);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof NetworkProblem) throw error;
    throw new NetworkProblem(`the answer of ${to.url} broke off: ${causeOf(error)}`, { cause: error });
  }
}

/** Undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
