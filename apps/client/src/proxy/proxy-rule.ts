// Which proxy an address is asked through: the rule of HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, as curl and Go
// read them. Who reads the environment is an app's config.ts; who connects is connections.ts.
import { BlockList, isIP } from 'node:net';

/** As the environment holds them; undefined where it doesn't. */
export interface ProxySettings {
  readonly https?: string | undefined;
  readonly http?: string | undefined;
  /** For both, where there is none of its own. */
  readonly all?: string | undefined;
  /** Hosts to be asked without a proxy. */
  readonly no?: string | undefined;
}

/** A variable's lower-case name wins, as in curl; an empty one is none (but for NO_PROXY). */
export function proxySettingsOf(read: (name: string) => string | undefined): ProxySettings {
  const either = (name: string) => read(name.toLowerCase()) ?? read(name);
  return {
    https: either('HTTPS_PROXY') || undefined,
    http: either('HTTP_PROXY') || undefined,
    all: either('ALL_PROXY') || undefined,
    no: either('NO_PROXY'),
  };
}

/** A proxy's address cannot be used; the message names the variable and never holds its password. */
export class ProxyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProxyError';
  }
}

/**
 * The proxy for an http(s) or ws(s) address, or null. NO_PROXY holds names (each with all that ends in it), addresses,
 * networks (10.0.0.0/8) and *, each with a port if wanted, between commas or spaces. What is on this very machine is asked
 * without a proxy, whatever NO_PROXY holds, unless it is set to nothing at all. Throws ProxyError.
 */
export function proxyFor(url: string, settings: ProxySettings): URL | null {
  const target = new URL(url);
  const secure = target.protocol === 'https:' || target.protocol === 'wss:';
  const [own, name] = secure ? [settings.https, 'HTTPS_PROXY'] : [settings.http, 'HTTP_PROXY'];
  const text = own ?? settings.all;
  if (text === undefined || goesDirect(target, secure, settings.no)) return null;
  return readProxy(text, own === undefined ? 'ALL_PROXY' : name);
}

/** Without name and password. */
export function shownProxy(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`;
}

function readProxy(text: string, name: string): URL {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(whole) ? new URL(whole) : null;
  if (proxy === null || proxy.hostname === '') {
    throw new ProxyError(
      `${name} is no address of a proxy; write http://host:port, or http://name:password@host:port`,
    );
  }
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') {
    throw new ProxyError(
      `${name} names a ${proxy.protocol.slice(0, -1)} proxy, and only HTTP proxies can be used; set HTTPS_PROXY and ` +
        'HTTP_PROXY to one, or list the coordinator in NO_PROXY',
    );
  }
  return proxy;
}

function goesDirect(target: URL, secure: boolean, no: string | undefined): boolean {
  const host = bareHost(target.hostname);
  if (no?.trim() !== '' && isThisMachine(host)) return true;
  const port = target.port || (secure ? '443' : '80');
  return (no ?? '').split(/[\s,]+/).some((entry) => entry !== '' && matches(entry.toLowerCase(), host, port));
}

/** Lower case, without the brackets of IPv6 and the final dot of a full name. */
const bareHost = (host: string) =>
  host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** A host's name as URL.hostname has it: localhost and what is below it, 127.0.0.0/8, ::1. */
export function isThisMachine(hostname: string): boolean {
  const host = bareHost(hostname);
  if (host === 'localhost' || host.endsWith('.localhost')) return true;
  return isIP(host) !== 0 && loopback.check(host, familyOf(host));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [network, bits] = entry.split('/');
  if (bits !== undefined) return isInNetwork(host, bareHost(network!), Number(bits));
  const { name, port: only } = splitPort(entry);
  if (only !== undefined && only !== port) return false;
  if (isIP(name) !== 0) return isInNetwork(host, name, isIP(name) === 6 ? 128 : 32);
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

/** "[::1]:80" and "host:80"; what has several colons and no brackets is an address of IPv6. */
function splitPort(entry: string): { name: string; port?: string | undefined } {
  if (isIP(entry) === 6) return { name: entry };
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
  return { name: bareHost((host ?? '').replace(/^\*?\./, '')), port };
}

function isInNetwork(host: string, network: string, bits: number): boolean {
  const family = familyOf(network);
  const most = family === 'ipv6' ? 128 : 32;
  if (isIP(host) === 0 || isIP(network) === 0 || !(Number.isInteger(bits) && bits >= 0 && bits <= most))
    return false;
  const list = new BlockList();
  list.addSubnet(network, bits, family);
  return list.check(host, familyOf(host));
}
