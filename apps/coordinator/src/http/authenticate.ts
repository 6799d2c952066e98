// From an Authorization header or a browser's cookie to a caller who may use the route, or the problem that says why not.

import type { IncomingHttpHeaders } from 'node:http';
import { csrfHeader } from '@colora/protocol/accounts/sessions';
import { spellName } from '@colora/protocol/bounds/names';
import { ProblemError } from '@colora/protocol/problems';
import type { Route } from '@colora/protocol/route/route';
import { isCsrfTokenOf } from '../browser/session-cookie.ts';
import type { KeyHolder, KeyRing } from '../keys/key-ring.ts';
import { unknownGroup } from '../refusals.ts';

/** What of a route says who may use it. */
type AskedRoute = Pick<Route, 'method' | 'access' | 'scoped'>;

export interface Asked {
  readonly headers: IncomingHttpHeaders;
  /** Of a cookie that our own page sent along. */
  readonly sessionToken: string | undefined;
  /** As it stands in the address, where it stands there. */
  readonly group: string | undefined;
}

/**
 * Null only where anyone may call and no key was sent. A wrong key is refused even there; a cookie that counts no more is there as
 * none. Who sends both comes by the key.
 */
export async function authenticate(
  keys: KeyRing,
  route: AskedRoute,
  { headers, sessionToken, group }: Asked,
): Promise<KeyHolder | null> {
  const { authorization } = headers;
  const holder =
    authorization === undefined && sessionToken !== undefined
      ? await bySession(keys, route, sessionToken, headers)
      : await byKey(keys, route, authorization);
  if (holder === null) return null;
  if (route.access !== 'anyone' && !route.access.includes(holder.role)) {
    throw new ProblemError(
      'wrong-role',
      `this needs a key of role ${route.access.join(' or ')}, and yours is ${holder.role}`,
    );
  }
  assertInScope(holder, route, group);
  return holder;
}

async function byKey(keys: KeyRing, route: AskedRoute, authorization: string | undefined) {
  const key = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '')?.[1];
  if (key === undefined) {
    if (route.access === 'anyone' && authorization === undefined) return null;
    throw new ProblemError('missing-key', 'send "Authorization: Bearer <key>"');
  }
  const holder = await keys.find(key);
  if (holder === null) throw new ProblemError('invalid-key', 'this key is unknown, expired or was revoked');
  return holder;
}

/** A change is our page's where the browser names it (Origin) and it has read the session's token, which no other page can. */
async function bySession(keys: KeyRing, route: AskedRoute, token: string, headers: IncomingHttpHeaders) {
  const holder = await keys.findSession(token);
  if (holder === null) {
    if (route.access === 'anyone') return null;
    throw new ProblemError('invalid-key', 'this session is over: sign in again');
  }
  if (route.method === 'GET') return holder;
  if (headers.origin === undefined)
    throw new ProblemError('foreign-site', 'a browser says which page sends a change: send Origin');
  if (!isCsrfTokenOf(token, headers[csrfHeader]))
    throw new ProblemError(
      'csrf-token-needed',
      `send the session’s csrfToken of GET /v1/session in the header ${csrfHeader}: load the page anew`,
    );
  return holder;
}

/** A key for some groups sees no others, and does nothing that concerns all. */
function assertInScope({ groups }: KeyHolder, route: AskedRoute, group: string | undefined): void {
  if (groups === null || route.scoped === true) return;
  if (group === undefined)
    throw new ProblemError(
      'wrong-scope',
      `this needs a key for all groups, and yours is for ${groups.join(', ')}`,
    );
  if (!groups.includes(spellName(group))) throw unknownGroup(group);
}
