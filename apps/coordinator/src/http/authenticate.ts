// From an Authorization header to a caller who may use the route, or the problem that says why not.
import { ProblemError } from '@colora/protocol/problems';
import type { Route } from '@colora/protocol/route/route';
import type { Caller, KeyRing } from '../keys/key-ring.ts';

/** Null only where anyone may call and no key was sent. A wrong key is refused even there. */
export async function authenticate(
  keys: KeyRing,
  route: Route,
  authorization: string | undefined,
): Promise<Caller | null> {
  const key = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '')?.[1];
  if (key === undefined) {
    if (route.access === 'anyone' && authorization === undefined) return null;
    throw new ProblemError('missing-key', 'send "Authorization: Bearer <key>"');
  }
  const caller = await keys.find(key);
  if (caller === null) throw new ProblemError('invalid-key', 'this key is unknown or was revoked');
  if (route.access !== 'anyone' && !route.access.includes(caller.role)) {
    throw new ProblemError(
      'wrong-role',
      `this needs a key of role ${route.access.join(' or ')}, and yours is ${caller.role}`,
    );
  }
  return caller;
}
