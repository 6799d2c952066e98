// Pages of other sites must not change or read anything through the browser of somebody who can reach the coordinator: no form, no
// script and no name that was made to point here. The clients are no browsers and send no Origin. Who is signed in is
// session-cookie.ts's.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { ProblemError } from '@colora/protocol/problems';

const reading: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface OwnSite {
  /** Throws foreign-site for what would change something and was sent by a page of another site. */
  assertOwn(request: Pick<IncomingMessage, 'method' | 'headers'>): void;
  /** Not sent by a page of another site: by our own, by hand, or by no browser. */
  isOwn(headers: IncomingHttpHeaders): boolean;
}

/** `publicUrl`: where browsers reach the coordinator, where the setting says it. */
export function createOwnSite(publicUrl?: string): OwnSite {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  const isOwn = ({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders) =>
    (origin === undefined || origin === publicOrigin || isOwnPage(origin, host)) &&
    (site === undefined || site === 'same-origin' || site === 'none');
  return {
    isOwn,
    assertOwn({ method, headers }) {
      if (reading.has(method) || isOwn(headers)) return;
      throw new ProblemError(
        'foreign-site',
        'this was sent by a page in a browser, and pages of other sites change nothing here: open the coordinator’s own page (by a name over HTTP only where PUBLIC_URL says that name), or use the colora command',
      );
    },
  };
}

/**
 * Of the address it calls, and that over TLS, by number or as localhost: over plain HTTP any other name may be made to point here
 * by its owner, who has no certificate that would be this coordinator's too.
 */
function isOwnPage(origin: string, host: string | undefined): boolean {
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  const name = url.hostname.replace(/^\[|\]$/g, '');
  return url.host === host && (url.protocol === 'https:' || name === 'localhost' || isIP(name) !== 0);
}
