// Whom to believe about where a request comes from: the proxies that are named. X-Forwarded-For of anybody else is ignored.
import { isIP } from 'node:net';
import { StartError } from '../../start-error.ts';

const names: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** Addresses, networks (10.0.0.0/8) and names of such, with commas between; undefined: nobody. Throws StartError. */
export function readTrustProxy(text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  const entries = text.split(',').map((entry) => entry.trim());
  for (const entry of entries) {
    if (names.has(entry) || isNetwork(entry)) continue;
    throw new StartError(
      `TRUST_PROXY (--trust-proxy): ${JSON.stringify(entry)} is no address: give the proxies' addresses or networks (10.0.0.2,192.168.0.0/16), or loopback, linklocal, uniquelocal`,
    );
  }
  return entries;
}

function isNetwork(entry: string): boolean {
  const [address = '', bits, ...more] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
