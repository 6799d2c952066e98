// How a tracker's server is asked: JSON over HTTP, by the same rule of proxies as everything else, bounded in time and size. Whoever
// needs a token has it in a header; it is in no message.
import type { FetchUrl } from '@colora/protocol/api-client';
import { boundedText, usualAnswerBytes } from '@colora/protocol/failures/bounded-answer';
import { causeOf, NetworkProblem } from '@colora/protocol/failures/network-problem';
import type { z } from 'zod';

export interface TrackerLine {
  /** Without a path's end. */
  readonly url: string;
  readonly fetch: FetchUrl;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

interface Asked<Answer> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: object;
  /** Of the answer; null stands for one that isn't there (404). */
  readonly schema: z.ZodType<Answer>;
}

const patienceMs = 60_000;
/** Runs with all that is known of them come by the thousand. */
const mostAnswerBytes = 16 * usualAnswerBytes;

/** Throws NetworkProblem. */
export async function askTracker<Answer>(
  { url, fetch, headers, signal }: TrackerLine,
  { method, path, body, schema }: Asked<Answer>,
): Promise<Answer> {
  const sent = method === 'GET' ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(url + path, {
    ...{ method, ...sent, redirect: 'manual' as const },
    headers: { ...headers, 'content-type': 'application/json' },
    signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new NetworkProblem(`cannot reach ${url}: ${causeOf(error)}`, { cause: error });
  });
  const text = await boundedText(answer, mostAnswerBytes);
  const known = schema.safeParse(answer.status === 404 ? null : parse(text));
  if ((answer.ok || answer.status === 404) && known.success) return known.data;
  throw new NetworkProblem(
    `${url} answers ${method} ${path.split('?')[0]} with ${answer.status}, as no server of that kind does: check the address and who may use it`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
