// The cookie that holds a session: how it is written, read back and taken away, and the token that a page shows beside it. What a
// session may do is keys/key-ring.ts's.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface BrowserRequest {
  readonly headers: IncomingHttpHeaders;
  /** It came by TLS, here or at a proxy that is believed. */
  readonly isEncrypted: boolean;
}

/** 256 random bits in base64url. */
const tokenPattern = /^[\w-]{43}$/;

/**
 * The session's token, where the browser has one. Over TLS only a cookie of the name with the prefix counts, which no other host,
 * no other path and nothing over plain HTTP can have set (draft-ietf-httpbis-rfc6265bis, 4.1.3.2).
 */
export function sessionTokenOf({ headers, isEncrypted }: BrowserRequest): string | undefined {
  const names = isEncrypted ? [nameOf(headers, true)] : [nameOf(headers, true), nameOf(headers, false)];
  for (const name of names) {
    const token = readCookie(headers.cookie, name);
    if (token !== undefined && tokenPattern.test(token)) return token;
  }
  return undefined;
}

/** A Set-Cookie header that keeps `token` for so many seconds; null: takes it away. */
export function sessionCookie(request: BrowserRequest, token: string | null, seconds: number): string {
  const isSecure = request.isEncrypted || request.headers.origin?.startsWith('https:') === true;
  const life = token === null ? 'Max-Age=0' : `Max-Age=${Math.floor(seconds)}`;
  const secure = isSecure ? '; Secure' : '';
  return `${nameOf(request.headers, isSecure)}=${token ?? ''}; Path=/; ${life}; HttpOnly; SameSite=Strict${secure}`;
}

/** With the port, which cookies don't tell apart: two coordinators on one machine don't sign each other's people out. */
function nameOf({ host = '' }: IncomingHttpHeaders, isSecure: boolean): string {
  const port = /:(\d{1,5})$/.exec(host)?.[1];
  return `${isSecure ? '__Host-' : ''}colora-session${port === undefined ? '' : `-${port}`}`;
}

/** Of a Cookie header (RFC 6265, 4.2.1); the first of that name. */
function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}

/** What a page has to send with a change: it follows from the cookie, which no page can read, and doesn't tell it. */
export function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`csrf ${token}`).digest('base64url');
}

/** Compared in a time that doesn't depend on where they differ. */
export function isCsrfTokenOf(token: string, shown: unknown): boolean {
  const [wanted, given] = [Buffer.from(csrfTokenOf(token)), Buffer.from(String(shown))];
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}
