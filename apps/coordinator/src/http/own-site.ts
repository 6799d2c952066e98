// Pages of other sites must not change anything through the browser of somebody who can reach the coordinator: no form, no
// script and no name that was made to point here. The clients are no browsers and send no Origin.
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ProblemError } from '@colora/protocol/problems';

const reading: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Throws foreign-site. */
export function assertOwnSite({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): void {
  if (reading.has(method)) return;
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  const isOwn = origin === undefined || isOwnPage(origin, host);
  if (isOwn && (site === undefined || site === 'same-origin' || site === 'none')) return;
  throw new ProblemError(
    'foreign-site',
    'this was sent by a page in a browser, and pages of other sites change nothing here: use the colora command, or a client without Origin',
  );
}

/** Of the address it calls, and that by number or as localhost: any other name may be made to point here by its owner. */
function isOwnPage(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  const name = url.hostname.replace(/^\[|\]$/g, '');
  return url.host === host && (name === 'localhost' || isIP(name) !== 0);
}
