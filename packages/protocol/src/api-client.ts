// A typed client for the routes table. It sends and checks; it neither retries nor logs.
import type { z } from 'zod';
import { formatContentDigest } from './digest.ts';
import type { ProblemCode } from './problem-table.ts';
import { type Problem, problemSchema } from './problems.ts';
import { type Route, type RouteName, routes } from './routes.ts';

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

/** No usable answer came: refused, reset, timed out, or not a CoLoRA coordinator. */
export class NetworkProblem extends Error {
  /** Something answered, and it does not speak our protocol: another address may be meant. */
  readonly stranger: boolean;
  /** Seconds of a Retry-After header, if a proxy sent one. */
  readonly retryAfter: number | null;

  constructor(
    message: string,
    options: ErrorOptions & { stranger?: boolean; retryAfter?: number | null } = {},
  ) {
    super(message, options);
    this.name = 'NetworkProblem';
    this.stranger = options.stranger ?? false;
    this.retryAfter = options.retryAfter ?? null;
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

/**
 * A client of the coordinator at `url`. `key` is asked for at each call, since joining yields one.
 * Throws ApiProblem (the coordinator refused) or NetworkProblem (no usable answer).
 */
export function createApiClient(url: string, key: () => string | null, timeoutSeconds = 60): ApiClient {
  const base = url.replace(/\/+$/, '');
  return {
    url: base,
    async call(name, call) {
      const route: Route = routes[name];
      const response = await send(base, route, call as LooseCall, key(), timeoutSeconds);
      if (!response.ok) throw await readProblem(response, base);
      if (route.answer === 'bytes') return response as RouteAnswer<typeof name>;
      const parsed = route.answer.safeParse(await readJson(response, base));
      if (!parsed.success) {
        throw new NetworkProblem(`${base} answered in a form this version does not know`, { stranger: true });
      }
      return parsed.data as RouteAnswer<typeof name>;
    },
  };
}

async function send(
  base: string,
  route: Route,
  call: LooseCall,
  key: string | null,
  timeoutSeconds: number,
): Promise<Response> {
  const headers: Record<string, string> = { ...call.headers };
  if (key !== null) headers.authorization = `Bearer ${key}`;
  const init: RequestInit = { method: route.method, headers };
  if (call.bytes !== undefined) {
    headers['content-type'] = 'application/octet-stream';
    if (call.sha256 !== undefined) headers['content-digest'] = formatContentDigest(call.sha256);
    init.body = call.bytes as Uint8Array<ArrayBuffer>;
  } else if (route.body !== undefined) {
    headers['content-type'] = 'application/json';
    init.body = JSON.stringify(call.body ?? {});
  }
  init.signal = signalOf(call, timeoutSeconds);
  try {
    return await fetch(base + fillPath(route.path, call.params) + fillQuery(call.query), init);
  } catch (error) {
    call.signal?.throwIfAborted();
    throw new NetworkProblem(`cannot reach ${base}: ${causeOf(error)}`, { cause: error });
  }
}

function signalOf({ signal, timeoutSeconds }: LooseCall, usualSeconds: number): AbortSignal {
  const seconds = timeoutSeconds ?? usualSeconds;
  const ends = signal === undefined ? [] : [signal];
  if (Number.isFinite(seconds)) ends.push(AbortSignal.timeout(seconds * 1000));
  if (ends.length === 1) return ends[0]!;
  const either = AbortSignal.any(ends);
  sources.set(either, ends);
  return either;
}

/** Node 20 lets go of a time limit that only AbortSignal.any knows of, and it never comes: held as long as what it ends. */
const sources = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/** A route's path with its parameters in it, escaped. */
export function fillPath(path: string, params: Record<string, unknown> = {}): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
}

function fillQuery(query: Record<string, unknown> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  if (pairs.length === 0) return '';
  return `?${new URLSearchParams(Object.fromEntries(pairs.map(([name, value]) => [name, String(value)])))}`;
}

async function readProblem(response: Response, base: string): Promise<Error> {
  return refusal(base, response.status, (name) => response.headers.get(name), await readText(response, base));
}

/** What an answer that is no success means: ApiProblem, or NetworkProblem where it is not in our words. */
export function refusal(
  base: string,
  status: number,
  header: (name: string) => string | null | undefined,
  text: string,
): ApiProblem | NetworkProblem {
  const body = problemSchema.safeParse(parseJson(text));
  if (body.success) return new ApiProblem(body.data, retryAfterSeconds(header));
  // A proxy before the coordinator answers 408, 429 and 5xx in its own words: that is no stranger's sign.
  const stranger = status < 500 && status !== 429 && status !== 408;
  const what = stranger ? ' and is no CoLoRA coordinator' : '';
  return new NetworkProblem(`${base} answered ${status}${what}`, {
    stranger,
    retryAfter: retryAfterSeconds(header),
  });
}

/** Retry-After (RFC 9110, 10.2.3) in seconds; a date counts from the answer's own Date, whatever our clock says. */
function retryAfterSeconds(header: (name: string) => string | null | undefined): number | null {
  const value = header('retry-after')?.trim();
  if (value === undefined || value === '') return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const seconds = (Date.parse(value) - Date.parse(header('date') ?? '')) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}

async function readJson(response: Response, base: string): Promise<unknown> {
  return parseJson(await readText(response, base));
}

/** A connection lost in mid-body is a NetworkProblem. */
async function readText(response: Response, base: string): Promise<string> {
  try {
    return await response.text();
  } catch (error) {
    throw new NetworkProblem(`the answer of ${base} broke off: ${causeOf(error)}`, { cause: error });
  }
}

/** Undefined when it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What fetch hides in `cause` and node:http says itself: ECONNREFUSED and the like, in words. */
export function causeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  const cause = error instanceof Error ? (error.cause ?? error) : undefined;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  if (code === 'ECONNREFUSED') return 'connection refused (is the coordinator running there?)';
  if (code === 'ENOTFOUND') return 'no such host';
  if (code !== '') return code;
  if (cause instanceof Error) return cause.message;
  return error instanceof Error ? error.message : String(error);
}
