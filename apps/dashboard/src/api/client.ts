// The one client of the coordinator that served this page. The cookie of the session goes along by itself, its token by this.
import { csrfHeader } from '@colora/protocol/accounts/sessions';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { heardTime } from './clock.ts';
import { outage } from './connection.ts';
import { token } from './csrf.ts';
import { type Trouble, troubleOf } from './trouble.ts';

const client = createApiClient(location.origin, () => null, { timeoutSeconds: 30, fetch: fetchAsPage });

const listeners = new Set<(trouble: Trouble) => void>();

/** Called with every trouble, whoever asked. */
export function onTrouble(listener: (trouble: Trouble) => void): void {
  listeners.add(listener);
}

/** As the protocol's client; what an answer says about the coordinator is heard on the way. */
export const call: ApiClient['call'] = async (name, parts) => {
  try {
    const answer = await client.call(name, parts);
    outage.value = null;
    return answer;
  } catch (error) {
    parts.signal?.throwIfAborted();
    const trouble = troubleOf(error);
    outage.value = trouble.kind === 'away' || trouble.kind === 'unreachable' ? trouble : null;
    for (const listener of listeners) listener(trouble);
    throw error;
  }
};

async function fetchAsPage(url: string, init: RequestInit = {}): Promise<Response> {
  const askedAt = Date.now();
  const held = token();
  const headers = new Headers(init.headers);
  if (init.method !== 'GET' && held !== null) headers.set(csrfHeader, held);
  const response = await fetch(url, { ...init, headers });
  heardTime(response.headers.get('date'), askedAt);
  return response;
}
