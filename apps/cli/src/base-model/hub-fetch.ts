// How the Hub is asked: by the same rule of proxies as the coordinator. Redirects are followed, since the Hub's files lie
// on other hosts; the token goes to the Hub alone.
import { openConnections } from '@colora/client/proxy/connections';
import type { HubSettings } from './hub-settings.ts';

/** Its client reuses an address that it was redirected to, and would send the token along: here it is taken off. */
export function hubFetch({ endpoint, proxy }: Pick<HubSettings, 'endpoint' | 'proxy'>): typeof fetch {
  const connections = openConnections(proxy);
  return async (input, init) => {
    const url = String(input);
    const headers = new Headers(init?.headers);
    if (new URL(url).origin !== new URL(endpoint).origin) headers.delete('authorization');
    return await connections.fetch(url, { ...init, headers: Object.fromEntries(headers) });
  };
}
