// The cookie of a browser that is away at a provider of OpenID Connect: by it the sign-in is known as its own when it comes back. What
// follows from it is sessions/oidc-sign-in.ts's.
import { type BrowserRequest, type CookieKind, cookieHeader, cookieOf } from './cookies.ts';

/** When it began, in milliseconds, and 256 random bits in base64url. Lax: the way back leads here from the provider's page. */
const kind: CookieKind = { name: 'colora-sign-in', form: /^\d{13}\.[\w-]{43}$/, sameSite: 'Lax' };

export function flowOf(request: BrowserRequest): string | undefined {
  return cookieOf(request, kind);
}

/** A Set-Cookie header that keeps `flow` for so many seconds; null: takes it away. */
export function flowCookie(request: BrowserRequest, flow: string | null, seconds: number): string {
  return cookieHeader(request, kind, flow, seconds);
}
