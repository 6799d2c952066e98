// The error of a call that brought no usable answer, and the words for why. What an answer means that isn't in our words
// is foreign-answer.ts.
import { systemErrorOf } from './system-errors.ts';

/** What is known of a failed call beside its message. */
export interface NetworkProblemOptions extends ErrorOptions {
  readonly stranger?: boolean;
  readonly final?: boolean;
  readonly retryAfter?: number | null;
}

/** No usable answer came: refused, reset, timed out, or not a CoLoRA coordinator. */
export class NetworkProblem extends Error {
  /** What is at the address does not look like a coordinator: at the first contact, another address may be meant. */
  readonly stranger: boolean;
  /** Somebody between here and the coordinator refuses it, and will go on to until something is changed there. */
  readonly final: boolean;
  /** Seconds of a Retry-After header, if a proxy sent one. */
  readonly retryAfter: number | null;

  constructor(message: string, options: NetworkProblemOptions = {}) {
    super(message, options);
    this.name = 'NetworkProblem';
    this.stranger = options.stranger ?? false;
    this.final = options.final ?? false;
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** Whom a call goes to: the coordinator's address, and the proxy on the way (without its password) where there is one. */
export interface Destination {
  readonly url: string;
  readonly proxy: string | null;
}

/** `doing` in words, "cannot reach" or "cannot send to"; a proxy that is down is told as the proxy, not as the coordinator. */
export function unreached(doing: string, { url, proxy }: Destination, error: unknown): NetworkProblem {
  const options = { cause: error, stranger: isLasting(error) };
  const cause = causeOf(error);
  if (proxy === null) {
    const isRefused = systemErrorOf(error)?.code === 'ECONNREFUSED';
    return new NetworkProblem(
      `${doing} ${url}: ${cause}${isRefused ? ' (is the coordinator running there?)' : ''}`,
      options,
    );
  }
  if (!isOpening(error))
    return new NetworkProblem(`${doing} ${url} through the proxy ${proxy}: ${cause}`, options);
  return new NetworkProblem(
    `${doing} ${url}: the proxy ${proxy} does not answer: ${cause}; check HTTPS_PROXY and HTTP_PROXY, or list the ` +
      'host in NO_PROXY if there is a direct way',
    options,
  );
}

const isLasting = (error: unknown) =>
  systemErrorOf(error)?.lasting === true || isBadPort(error) || isDropped(error);

/** Was it the opening of a connection that failed? With a proxy that is always one to the proxy. */
function isOpening(error: unknown): boolean {
  const cause = innermostCause(error);
  const syscall = (cause as NodeJS.ErrnoException | undefined)?.syscall ?? '';
  return (
    ['connect', 'getaddrinfo'].includes(syscall) || systemErrorOf(error)?.code === 'UND_ERR_CONNECT_TIMEOUT'
  );
}

/** The error at the bottom of what caused it; undefined where it is no error. */
export function innermostCause(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError && error.errors.length > 0) return innermostCause(error.errors.at(-1));
  return error.cause instanceof Error ? innermostCause(error.cause) : error;
}

/** The ports that fetch refuses to ask (fetch.spec.whatwg.org, "bad port"). */
const isBadPort = (error: unknown) => innermostCause(error)?.message === 'bad port';

/** fetch drops an answer 407 without a word (fetch.spec.whatwg.org, HTTP-network-or-cache fetch). */
const isDropped = (error: unknown) =>
  error instanceof TypeError &&
  error.message === 'fetch failed' &&
  systemErrorOf(error) === undefined &&
  ['', 'fetch failed'].includes(innermostCause(error)?.message ?? '');

/** What fetch hides in `cause` and node:http says itself, in words. */
export function causeOf(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  if (isBadPort(error)) {
    return 'that port belongs to another protocol, and HTTP clients refuse it; use another one';
  }
  const known = systemErrorOf(error);
  if (known !== undefined) return known.words;
  const cause = innermostCause(error);
  if (isDropped(error)) {
    return 'a proxy on the way asks for a name and a password (407); write them into HTTPS_PROXY=http://name:password@host:port';
  }
  return cause === undefined || cause.message === '' ? String(error) : cause.message;
}
