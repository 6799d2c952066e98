// When to try again: exponential backoff with full jitter, so that a thousand daemons don't return in
// step after an outage (Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog 2015).
import { ApiProblem } from '@colora/protocol/api-client';
import { NetworkProblem } from '@colora/protocol/failures/network-problem';
import { meaningOf } from '@colora/protocol/problem-table';
import { sleep } from '../abortable.ts';
import type { Log } from '../client-log.ts';

export interface Backoff {
  readonly baseSeconds: number;
  readonly capSeconds: number;
}
const defaultBackoff: Backoff = { baseSeconds: 0.5, capSeconds: 30 };

/**
 * Seconds before attempt `attempt` (1 is the first retry): uniform in [0, min(cap, base 2^attempt)], or as far again
 * as Retry-After and never before it, since everybody who was sent away got the same one.
 */
export function backoffSeconds(
  attempt: number,
  retryAfter: number | null,
  backoff = defaultBackoff,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(backoff.capSeconds, backoff.baseSeconds * 2 ** Math.min(attempt, 30));
  if (retryAfter === null) return random() * ceiling;
  const asked = Math.max(0, retryAfter);
  return asked + random() * Math.max(ceiling, Math.min(asked, backoff.capSeconds));
}

/** Seconds until the next poll: `pollSeconds` in the mean, and evenly spread, so that no two daemons stay in step. */
export function pollAfter(pollSeconds: number, random: () => number = Math.random): number {
  return pollSeconds * (0.5 + random());
}

/** Seconds between a hint and the question: evenly spread over what the coordinator asks of a group of that size. */
export function askAfterHint(spreadSeconds: number, random: () => number = Math.random): number {
  return spreadSeconds * random();
}

/**
 * Can the same call succeed later? After silence, and where the refusal means so (problem-table.ts). A stranger's
 * answer is final at the first contact (a wrong address) and passes later (a portal's page); what somebody on the way
 * forbids is final at any time.
 */
export function canPass(error: unknown, firstContact = false): error is ApiProblem | NetworkProblem {
  if (error instanceof NetworkProblem) return !(error.final || (firstContact && error.stranger));
  if (!(error instanceof ApiProblem)) return false;
  return meaningOf(error.problem).means === 'retry';
}

export interface RetryOptions {
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Names the call in the log: "asking for work". */
  readonly doing: string;
  readonly firstContact?: boolean;
  /** How long silence is borne; default for ever. A coordinator that says it cannot just now has answered. */
  readonly silenceSeconds?: number | undefined;
  readonly backoff?: Backoff | undefined;
  /** Did the failed attempt get further than the one before? Then patience starts anew. */
  readonly progressed?: () => boolean;
}

/** Repeats `call` until it succeeds, is refused for good, `signal` aborts, or silence has lasted too long. */
export async function retry<Result>(call: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  let attempt = 0;
  const began = performance.now();
  for (;;) {
    try {
      return await call();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!canPass(error, options.firstContact)) throw error;
      attempt = options.progressed?.() ? 1 : attempt + 1;
      const seconds = backoffSeconds(attempt, error.retryAfter, options.backoff);
      refuseEndless(error, seconds + (performance.now() - began) / 1000, options);
      options.log('warn', `${options.doing}: ${error.message}; trying again in ${seconds.toFixed(1)} s`, {
        attempt,
      });
      await sleep(seconds, options.signal);
    }
  }
}

/** Would the next attempt come after the time that silence is borne? */
function refuseEndless(error: ApiProblem | NetworkProblem, seconds: number, options: RetryOptions): void {
  const { silenceSeconds, doing } = options;
  if (silenceSeconds === undefined || seconds <= silenceSeconds || error instanceof ApiProblem) return;
  throw new NetworkProblem(
    `${doing}: ${error.message}; given up after trying for ${Math.round(silenceSeconds)} s, check the address`,
    { cause: error },
  );
}
