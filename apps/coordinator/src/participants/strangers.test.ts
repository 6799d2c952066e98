// What a stranger, and a participant, find out about groups and people that are none of their business: nothing. And how many
// strangers may come.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiProblem, createApiClient, type RouteCall } from '@colora/protocol/api-client';
import { makeKey } from '@colora/protocol/api-key';
import type { ProblemCode } from '@colora/protocol/problem-table';
import type { Route } from '@colora/protocol/route/route';
import { type RouteName, routes } from '@colora/protocol/routes';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, hash, joinAs, makeGroup } from '../testing/group.ts';

const isRefused = (code: ProblemCode) => (error: unknown) => error instanceof ApiProblem && error.is(code);

onOneDatabase('strangers', (database) => {
  let coordinator: Coordinator;
  before(async () => {
    const options = await database.create();
    const limits = { enrolmentsPerAddress: 8, membersPerGroup: 7, groupsPerParticipant: 2 };
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent', limits });
    await makeGroup(coordinator.url, { name: 'concealed', access: 'invitation' });
    await makeGroup(coordinator.url, { name: 'open' });
  });
  after(() => coordinator.close());
  const as = (key: string | null) => createApiClient(coordinator.url, () => key);
  const join = (name: string | undefined, group: string, invitation?: string) =>
    as(null).call('joinGroup', { params: { group }, body: { name, invitation } });

  test('to a participant, a group by invitation answers on every route as one that is not there', async () => {
    const eve = await joinAs(coordinator.url, 'eve', 'open');
    const bytes = new Uint8Array(4);
    const told = async (name: RouteName, group: string) => {
      const params = { group, round: 1, version: 0, id: 'x' };
      const body = { metrics: {}, version: 0, shareOfCore: 1, gain: 1, standardError: 1, stepSeconds: 1 };
      const fields = (routes[name] as Route).body;
      const known = typeof fields === 'object' ? Object.keys((fields as { shape?: object }).shape ?? {}) : [];
      const fitting = Object.fromEntries(Object.entries(body).filter(([field]) => known.includes(field)));
      const call = { params, body: fitting, ...(fields === 'bytes' ? { bytes, sha256: hash(bytes) } : {}) };
      const answer = await eve.api.call(name, call as unknown as RouteCall<RouteName>).catch((error) => {
        assert.ok(error instanceof ApiProblem, `${name}: ${error}`);
        return { status: error.problem.status, detail: error.message.replaceAll(group, 'G') };
      });
      return JSON.stringify(answer);
    };
    const names = (Object.keys(routes) as RouteName[]).filter((name) =>
      (routes[name] as Route).path.includes(':group'),
    );
    assert.ok(names.length > 20);
    for (const name of names) {
      const answer = await told(name, 'concealed');
      assert.equal(answer, await told(name, 'nowhere'), name);
      assert.match(answer, /^\{"status":40[034]/, name);
    }
    const { items, total } = await eve.api.call('listGroups', {});
    assert.deepEqual([items.map(({ name }) => name), total], [['open'], 1]);
    assert.equal((await as(adminKey).call('listGroups', {})).total, 2);
  });

  test('without a key neither groups nor invitations are told apart', async () => {
    const answers = new Set<string>();
    const made = await as(adminKey).call('createInvitation', { params: { group: 'concealed' }, body: {} });
    const forged = `${made.invitation.slice(0, -1)}${made.invitation.endsWith('A') ? 'B' : 'A'}`;
    for (const group of ['concealed', 'nowhere'])
      for (const invitation of [undefined, 'colora_i_guess', forged])
        for (const check of [true, false]) {
          const asked = as(null).call('joinGroup', { params: { group }, body: { invitation, check } });
          await assert.rejects(asked, (error) => {
            assert.ok(error instanceof ApiProblem);
            answers.add(JSON.stringify(error.problem).replaceAll(group, 'G'));
            return true;
          });
        }
    assert.equal(answers.size, 1, [...answers].join('\n'));
    // one of another group is none
    await makeGroup(coordinator.url, { name: 'other', access: 'invitation' });
    await assert.rejects(join('ann', 'other', made.invitation), isRefused('unknown-group'));
  });

  test('a taken name answers as a free one does, and operators tell the two apart', async () => {
    const admin = as(adminKey);
    const key = makeKey('participant');
    const answers = await Promise.all([join('fay', 'open'), join('fay', 'open')]);
    const own = await as(null).call('joinGroup', { params: { group: 'open' }, body: { name: 'eve', key } });
    for (const { participant } of answers) assert.equal(participant, 'fay');
    assert.equal(own.participant, 'eve');
    const { name, participant } = await as(key).call('whoAmI', {});
    assert.deepEqual([name, participant], ['eve', 'eve']);
    const { items } = await admin.call('listParticipants', {});
    const called = (start: string) => items.filter((item) => item.name.startsWith(start));
    for (const start of ['fay', 'eve']) {
      const [plain, other] = called(start).map((item) => item.name);
      assert.equal(plain, start);
      assert.match(other ?? '', new RegExp(`^${start}-[0-9a-f]{10}$`));
    }
    await assert.rejects(
      admin.call('createKey', { body: { role: 'participant', name: 'fay' } }),
      isRefused('name-taken'),
    );
  });

  test('so many enrol from one address, at once and in several groups too; whoever is invited comes all the same', async () => {
    const admin = as(adminKey);
    const enrolled = async () => (await admin.call('listParticipants', {})).total;
    const groups = ['free', 'spare', 'third'];
    for (const name of groups) await makeGroup(coordinator.url, { name });
    const tries = await Promise.allSettled(
      Array.from({ length: 12 }, (_, at) => join(undefined, groups[at % groups.length]!)),
    );
    const refused = tries.flatMap((tried) => (tried.status === 'rejected' ? [tried.reason] : []));
    assert.ok(refused.every(isRefused('enrolment-limit')), refused.join());
    assert.equal(await enrolled(), 8);
    const concealed = { params: { group: 'concealed' } };
    const { invitation } = await admin.call('createInvitation', { ...concealed, body: { uses: 10 } });
    const names = ['gus', 'hal', 'ivy', 'jan', 'kim', 'lea', 'mia', 'nat'];
    const came = await Promise.allSettled(names.map((name) => join(name, 'concealed', invitation)));
    const people = came.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const late = came.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    assert.deepEqual([people.length, late.map(isRefused('membership-limit'))], [7, [true]]);
    assert.equal((await admin.call('showGroup', concealed)).members, 7);
    // and who has a key joins, as many groups as it may
    const gus = as(people[0]!.key);
    await gus.call('joinGroup', { params: { group: 'free' }, body: {} });
    const third = gus.call('joinGroup', { params: { group: 'third' }, body: {} });
    await assert.rejects(third, isRefused('membership-limit'));
  });
});
