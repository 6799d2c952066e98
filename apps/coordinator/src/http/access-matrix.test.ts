// Who may call what: every row of the routes table against every kind of key, the right answer computed from the row alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '@colora/protocol/accounts/roles';
import { createApiClient, fillPath, parseJson } from '@colora/protocol/api-client';
import { formatContentDigest } from '@colora/protocol/digest';
import type { Route } from '@colora/protocol/route/route';
import { routes } from '@colora/protocol/routes';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, hash, joinAs, makeGroup } from '../testing/group.ts';
import { useCoordinator } from '../testing/use-coordinator.ts';

interface Holder {
  readonly called: string;
  /** Null: no key. */
  readonly key: string | null;
  /** Null: the key counts nowhere. */
  readonly role: Role | null;
  /** Is it good for the group called `group`? */
  readonly isForGroup: boolean;
  readonly isForAll: boolean;
}

/** What the row says of this caller; null: it gets as far as the use case. */
function refusalOf(route: Route, { key, role, isForGroup, isForAll }: Holder): string | null {
  if (key === null) return route.access === 'anyone' ? null : 'missing-key';
  if (route.path === '/health' || route.path === '/ready') return null;
  if (role === null) return 'invalid-key';
  if (route.access !== 'anyone' && !route.access.includes(role)) return 'wrong-role';
  if (isForAll || route.scoped === true) return null;
  if (!route.path.includes(':group')) return 'wrong-scope';
  return isForGroup ? null : 'unknown-group';
}

onOneDatabase('access by the table', (database) => {
  const coordinator = useCoordinator(database);
  const admin = () => createApiClient(coordinator.url, () => adminKey);

  async function holders(): Promise<Holder[]> {
    await makeGroup(coordinator.url, { name: 'group', start: false });
    await makeGroup(coordinator.url, { name: 'other', start: false });
    const make = (name: string, role: Role, more: { groups?: string[] } = {}) =>
      admin().call('createKey', { body: { name, role, ...more } });
    const all = { isForGroup: true, isForAll: true };
    const listed: Holder[] = [{ called: 'nobody', key: null, role: null, ...all }];
    const garbage = { called: 'a made-up key', key: 'colora_a_guess', role: null, ...all };
    listed.push(garbage, { called: 'the first admin', key: adminKey, role: 'admin', ...all });
    for (const role of ['participant', 'operator', 'admin'] as const) {
      const { key } = await make(`good-${role}`, role);
      listed.push({ called: role, key, role, ...all });
      for (const scope of ['group', 'other']) {
        const scoped = await make(`${scope}-${role}`, role, { groups: [scope] });
        const isForGroup = scope === 'group';
        listed.push({ called: `${role} of ${scope}`, key: scoped.key, role, isForGroup, isForAll: false });
      }
      const revoked = await make(`revoked-${role}`, role);
      await admin().call('revokeKey', { params: { id: revoked.id } });
      listed.push({ called: `revoked ${role}`, key: revoked.key, role: null, ...all });
      const expired = await make(`expired-${role}`, role);
      await admin().call('rotateKey', { params: { id: expired.id }, body: { overlapSeconds: 0 } });
      listed.push({ called: `expired ${role}`, key: expired.key, role: null, ...all });
    }
    const left = await joinAs(coordinator.url, 'left', 'group');
    await left.api.call('leaveGroup', { params: { group: 'group' } });
    listed.push({ called: 'who left', key: left.key, role: 'participant', ...all });
    return listed;
  }

  async function codeOf(route: Route, key: string | null): Promise<string> {
    const { method, path, body } = route;
    const params = { group: 'group', round: 1, version: 0, id: '00000000-0', participant: 'nobody-there' };
    const bytes = new Uint8Array(3);
    const headers = {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined
        ? {}
        : { 'content-type': body === 'bytes' ? 'application/octet-stream' : 'application/json' }),
      ...(body === 'bytes' ? { 'content-digest': formatContentDigest(hash(bytes)) } : {}),
    };
    const sent = body === undefined ? {} : { body: body === 'bytes' ? bytes : '{"notAField":1}' };
    const response = await fetch(coordinator.url + fillPath(path, params), { method, headers, ...sent });
    const answer = parseJson(await response.text()) as { code?: string } | undefined;
    assert.ok(response.status < 500 || path === '/ready', `${method} ${path}: ${response.status}`);
    return answer?.code ?? String(response.status);
  }

  test('no cell of roles, scopes and lost keys by routes is wrong', async () => {
    const everybody = await holders();
    const doors = ['missing-key', 'invalid-key', 'wrong-role', 'wrong-scope'];
    const wrong: string[] = [];
    let cells = 0;
    for (const route of Object.values(routes as Readonly<Record<string, Route>>)) {
      if (/^\/v1\/(me|sessions)$/.test(route.path) && route.method === 'DELETE') continue; // those need no more to be done
      for (const holder of everybody) {
        const [wanted, code] = [refusalOf(route, holder), await codeOf(route, holder.key)];
        const isRight = wanted === null ? !doors.includes(code) || isOwn(route, code) : code === wanted;
        cells += 1;
        if (!isRight) wrong.push(`${holder.called}: ${route.method} ${route.path}: ${code}, not ${wanted}`);
      }
    }
    assert.deepEqual(wrong, []);
    assert.ok(cells > 700, String(cells));
  });
});

/** Use cases that refuse a role themselves: joining takes participants, keys of others are rotated by admins. */
const isOwn = ({ path }: Route, code: string) =>
  code === 'wrong-role' && (path.endsWith('/members') || path.endsWith('/rotate'));
