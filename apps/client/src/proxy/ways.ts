// The ways to other machines: for questions and downloads (fetch), uploads (node:http) and the socket, all by one rule of
// proxies (proxy-rule.ts). Without a proxy it is the platform's own. Nobody goes by them but connections.ts, which lists what leaves.
import type { Agent } from 'node:http';
import type { RequestOptions as SecureRequestOptions } from 'node:https';
import type { FetchUrl } from '@colora/protocol/api-client';
import { refusedTunnel } from '@colora/protocol/failures/foreign-answer';
import { innermostCause } from '@colora/protocol/failures/network-problem';
import { type ProxySettings, proxyFor, shownProxy } from './proxy-rule.ts';
import { quickFetch } from './quick-fetch.ts';

/** How connections are made: through which proxies, and what shows who comes. */
export interface LineSettings extends ProxySettings {
  /** Shown to a coordinator that asks for one. */
  readonly certificate?: ClientCertificate | undefined;
}

/** PEM texts. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface Ways {
  readonly fetch: FetchUrl;
  /** A tunnel, for WebSockets; undefined where there is no proxy on the way. */
  agentFor(url: string): Promise<Agent | undefined>;
  /** Options of node:http's request that take it to `url`. */
  wayTo(url: string): Promise<Way>;
  readonly certificate?: ClientCertificate | undefined;
  /** The proxy on the way, without its password, or null. Throws ProxyError where the settings name none that can be used. */
  proxyOf(url: string): string | null;
}

export type Way = Pick<
  SecureRequestOptions,
  'cert' | 'key' | 'agent' | 'protocol' | 'hostname' | 'port' | 'path'
> & {
  readonly headers?: Readonly<Record<string, string>>;
};

/** quick: a few questions, and then the end of the process. */
export type Pace = 'lasting' | 'quick';

/** The library that speaks to proxies, and shows certificates, is loaded only where the settings name some. */
export function waysOf(settings: LineSettings, pace: Pace = 'lasting'): Ways {
  const { certificate } = settings;
  if ([settings.https, settings.http, settings.all, certificate].every((each) => each === undefined))
    return pace === 'lasting' ? direct : { ...direct, fetch: quickFetch };
  // Proxies that opened no tunnel (CONNECT) to the port of an http:// address: they are asked to pass requests on.
  const passingOn = new Set<string>();
  let opening: Promise<FetchUrl> | undefined;
  const proxyOf = (url: string) => {
    const proxy = proxyFor(url, settings);
    return proxy === null ? null : shownProxy(proxy);
  };
  const agentFor = async (url: string) => {
    const proxy = proxyFor(url, settings);
    if (proxy === null) return undefined;
    const { HttpsProxyAgent } = await import('https-proxy-agent');
    return new HttpsProxyAgent(proxy);
  };
  return {
    certificate,
    proxyOf,
    async fetch(url, init) {
      opening ??= openFetch(settings, passingOn);
      const send = await opening;
      const { origin, protocol } = new URL(url);
      const proxy = proxyFor(url, settings)?.href ?? '';
      for (;;) {
        const passesOn = passingOn.has(proxy);
        try {
          return await send(url, init);
        } catch (error) {
          const status = refusedTunnelStatus(error);
          if (status === null) throw error;
          if (status === 407 || protocol !== 'http:' || passesOn) {
            throw refusedTunnel({ url: origin, proxy: proxyOf(url) }, init?.method ?? 'GET', status);
          }
          passingOn.add(proxy); // the tunnel did not open, so nothing was sent yet
        }
      }
    },
    agentFor,
    async wayTo(url) {
      const proxy = proxyFor(url, settings);
      const target = new URL(url);
      const passesOn = target.protocol === 'http:' && passingOn.has(proxy?.href ?? '');
      if (proxy === null || !passesOn) return { agent: (await agentFor(url)) ?? false, ...certificate };
      const { protocol, hostname, port } = proxy;
      const login = loginOf(proxy);
      return {
        agent: false,
        protocol,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        path: url, // whole: that is how one asks a proxy to pass it on (RFC 9112, 3.2.2)
        headers: { host: target.host, ...(login === undefined ? {} : { 'proxy-authorization': login }) },
      };
    },
  };
}

// A connection that is kept alive may be closed under a body, which costs the whole of it: no agent keeps one.
const direct: Ways = {
  fetch: (url, init) => fetch(url, init),
  agentFor: async () => undefined,
  wayTo: async () => ({ agent: false }),
  proxyOf: () => null,
};

/** The value of Proxy-Authorization; undefined where the proxy's address holds no login. */
function loginOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

/** Picks the way anew for every address, those that a redirect leads to as well. */
async function openFetch(settings: LineSettings, passingOn: ReadonlySet<string>): Promise<FetchUrl> {
  const { Agent, fetch: fetchBy, ProxyAgent } = await import('undici');
  const shown = settings.certificate ?? {};
  const proxies = new Map<string, InstanceType<typeof ProxyAgent>>();
  const proxyAgent = (proxy: URL, proxyTunnel: boolean) => {
    const key = `${proxyTunnel} ${proxy.href}`;
    const token = loginOf(proxy);
    const login = token === undefined ? {} : { token };
    const agent =
      proxies.get(key) ??
      new ProxyAgent({ uri: shownProxy(proxy), proxyTunnel, requestTls: shown, ...login });
    proxies.set(key, agent);
    return agent;
  };
  const dispatcher = new Agent({ connect: shown }).compose((dispatch) => (options, handler) => {
    const { origin } = new URL(String(options.origin));
    const proxy = proxyFor(origin, settings);
    if (proxy === null) return dispatch(options, handler);
    const passesOn = origin.startsWith('http:') && passingOn.has(proxy.href);
    return proxyAgent(proxy, !passesOn).dispatch({ ...options, origin }, handler);
  });
  type Init = NonNullable<Parameters<typeof fetchBy>[1]>;
  // undici's fetch is the platform's own, in a copy that takes a dispatcher
  return async (url, init) => (await fetchBy(url, { ...(init as Init), dispatcher })) as unknown as Response;
}

/** The status with which a proxy refused to open a tunnel; null for every other error. undici tells it in words alone. */
function refusedTunnelStatus(error: unknown): number | null {
  const message = innermostCause(error)?.message ?? '';
  const found = /^Proxy response \((\d+)\) !== 200|^Proxy Authentication Required \((407)\)/.exec(message);
  return found === null ? null : Number(found[1] ?? found[2]);
}
