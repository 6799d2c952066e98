// Addresses whose way nobody encrypts: http:// to another machine. Who is on the way reads and changes what passes, keys first.
// The names of containers are no exception: a network that several share is what the rule is for.
import { ClientError } from '../client-error.ts';
import { isThisMachine } from './proxy-rule.ts';

/** http:// (or ws://) to another machine than this. */
export function isPlainAddress(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return (protocol === 'http:' || protocol === 'ws:') && !isThisMachine(hostname);
}

/** What a person is told, once, who goes there all the same. */
export function plainAddressWarning(url: string): string {
  return `${new URL(url).origin} is asked without encryption: whoever is on the way can read and change all that passes`;
}

/** Before a key is sent to `url`. Throws ClientError 'plain-address' unless `insecure` says that it may be read on the way. */
export function assertMaySendKey(url: string, insecure: boolean): void {
  if (insecure || !isPlainAddress(url)) return;
  throw new ClientError(
    'plain-address',
    `an API key would go to ${new URL(url).origin} without encryption, where whoever is on the way can read it: use https://, ` +
      'or ssh -L to a port of this machine; on a network that you trust, pass --insecure (or COLORA_INSECURE=1)',
  );
}
