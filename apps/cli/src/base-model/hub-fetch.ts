// How the Hub is asked: by the same rule of proxies as the coordinator, until it is told to stop, and no further than it was said to go.
// Redirects are followed, since the Hub's files lie on other hosts; the token goes to the Hub alone.
import { openConnections } from '@colora/client/proxy/connections';
import { unlisted } from '@colora/client/proxy/sent-list';
import { HubError } from './hub-error.ts';
import type { HubSettings } from './hub-settings.ts';

export interface FetchLimits {
  readonly signal: AbortSignal;
  /** Of one answer's body, unpacked. */
  readonly mostBytes: number;
}

/**
 * Its client reuses an address that it was redirected to, and would send the token along: here it is taken off. A body ends in HubError
 * where it is larger than `mostBytes`: the client would keep in memory whatever came.
 */
export function hubFetch(
  { endpoint, proxy, sent }: Pick<HubSettings, 'endpoint' | 'proxy' | 'sent'>,
  { signal, mostBytes }: FetchLimits,
): typeof fetch {
  const connections = openConnections(proxy, sent ?? unlisted);
  return async (input, init) => {
    const url = String(input);
    const headers = new Headers(init?.headers);
    if (new URL(url).origin !== new URL(endpoint).origin) headers.delete('authorization');
    const answer = await connections.fetch(url, { ...init, headers: Object.fromEntries(headers), signal });
    return answer.body === null ? answer : bounded(answer, mostBytes);
  };
}

function bounded(answer: Response, mostBytes: number): Response {
  let total = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      total += chunk.byteLength;
      if (total <= mostBytes) controller.enqueue(chunk);
      else controller.error(new HubError(`the Hub sends more than the ${mostBytes} bytes that it said`));
    },
  });
  const { status, statusText, headers, url } = answer;
  const body = (answer.body as ReadableStream<Uint8Array>).pipeThrough(counting);
  const counted = new Response(body, { status, statusText, headers: [...headers] });
  return Object.defineProperty(counted, 'url', { value: url });
}
