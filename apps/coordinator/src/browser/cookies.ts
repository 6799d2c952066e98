// How the coordinator's cookies are written and read back. Which there are is session-cookie.ts's and flow-cookie.ts's.
import type { IncomingHttpHeaders } from 'node:http';

export interface BrowserRequest {
  readonly headers: IncomingHttpHeaders;
  /** It came by TLS, here or at a proxy that is believed. */
  readonly isEncrypted: boolean;
}

export interface CookieKind {
  readonly name: string;
  /** A value of another form is none. */
  readonly form: RegExp;
  /** Lax: it comes along where another site's page leads the browser here. */
  readonly sameSite: 'Strict' | 'Lax';
}

/**
 * Its value, where the browser has one. Over TLS only a cookie of the name with the prefix counts, which no other host, no other
 * path and nothing over plain HTTP can have set (draft-ietf-httpbis-rfc6265bis, 4.1.3.2).
 */
export function cookieOf({ headers, isEncrypted }: BrowserRequest, kind: CookieKind): string | undefined {
  const names = [nameOf(kind, headers, true), ...(isEncrypted ? [] : [nameOf(kind, headers, false)])];
  for (const name of names) {
    const value = readCookie(headers.cookie, name);
    if (value !== undefined && kind.form.test(value)) return value;
  }
  return undefined;
}

/** A Set-Cookie header that keeps `value` for so many seconds; null: takes it away. */
export function cookieHeader(
  request: BrowserRequest,
  kind: CookieKind,
  value: string | null,
  seconds: number,
): string {
  const isSecure = request.isEncrypted || request.headers.origin?.startsWith('https:') === true;
  const life = value === null ? 'Max-Age=0' : `Max-Age=${Math.floor(seconds)}`;
  const secure = isSecure ? '; Secure' : '';
  return `${nameOf(kind, request.headers, isSecure)}=${value ?? ''}; Path=/; ${life}; HttpOnly; SameSite=${kind.sameSite}${secure}`;
}

/** With the port, which cookies don't tell apart: two coordinators on one machine don't sign each other's people out. */
function nameOf({ name }: CookieKind, { host = '' }: IncomingHttpHeaders, isSecure: boolean): string {
  const port = /:(\d{1,5})$/.exec(host)?.[1];
  return `${isSecure ? '__Host-' : ''}${name}${port === undefined ? '' : `-${port}`}`;
}

/** Of a Cookie header (RFC 6265, 4.2.1); the first of that name. */
function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
