// From an Authorization header to a caller who may use the route, or the problem that says why not.
import { spellName } from '@colora/protocol/bounds/names';
import { ProblemError } from '@colora/protocol/problems';
import type { Route } from '@colora/protocol/route/route';
import type { KeyHolder, KeyRing } from '../keys/key-ring.ts';
import { unknownGroup } from '../refusals.ts';

interface Asked {
  readonly authorization: string | undefined;
  /** As it stands in the address, where it stands there. */
  readonly group: string | undefined;
}

/** Null only where anyone may call and no key was sent. A wrong key is refused even there. */
export async function authenticate(
  keys: KeyRing,
  route: Route,
  { authorization, group }: Asked,
): Promise<KeyHolder | null> {
  const key = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '')?.[1];
  if (key === undefined) {
    if (route.access === 'anyone' && authorization === undefined) return null;
    throw new ProblemError('missing-key', 'send "Authorization: Bearer <key>"');
  }
  const holder = await keys.find(key);
  if (holder === null) throw new ProblemError('invalid-key', 'this key is unknown, expired or was revoked');
  if (route.access !== 'anyone' && !route.access.includes(holder.role)) {
    throw new ProblemError(
      'wrong-role',
      `this needs a key of role ${route.access.join(' or ')}, and yours is ${holder.role}`,
    );
  }
  assertInScope(holder, route, group);
  return holder;
}

/** A key for some groups sees no others, and does nothing that concerns all. */
function assertInScope({ groups }: KeyHolder, route: Route, group: string | undefined): void {
  if (groups === null || route.scoped === true) return;
  if (group === undefined)
    throw new ProblemError(
      'wrong-scope',
      `this needs a key for all groups, and yours is for ${groups.join(', ')}`,
    );
  if (!groups.includes(spellName(group))) throw unknownGroup(group);
}
