// The cookie that holds a session, and the token that a page shows beside it. What a session may do is keys/key-ring.ts's.
import { createHash, timingSafeEqual } from 'node:crypto';
import { type BrowserRequest, type CookieKind, cookieHeader, cookieOf } from './cookies.ts';

/** 256 random bits in base64url. */
const kind: CookieKind = { name: 'colora-session', form: /^[\w-]{43}$/, sameSite: 'Strict' };

/** The session's token, where the browser has one. */
export function sessionTokenOf(request: BrowserRequest): string | undefined {
  return cookieOf(request, kind);
}

/** A Set-Cookie header that keeps `token` for so many seconds; null: takes it away. */
export function sessionCookie(request: BrowserRequest, token: string | null, seconds: number): string {
  return cookieHeader(request, kind, token, seconds);
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
