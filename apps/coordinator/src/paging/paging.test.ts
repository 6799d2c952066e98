// A listing read page by page shows every row once, in order, whatever comes in between; a cursor is good for the listing and the
// order that gave it, and for nothing else.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiClient, ApiProblem, createApiClient } from '@colora/protocol/api-client';
import { everyItem } from '@colora/protocol/paging/every-item';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { onOneDatabase } from '../testing/databases.ts';
import { adminKey, joinAs, makeSettings, settingsRow } from '../testing/group.ts';

onOneDatabase('listings in pages', (database) => {
  let coordinator: Coordinator;
  let admin: ApiClient;
  const params = { group: 'group' };
  const hour = (at: number) => new Date(Date.UTC(2026, 0, 1, at));
  before(async () => {
    const options = await database.create();
    await fill(await openDatabase(options));
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    admin = createApiClient(coordinator.url, () => adminKey);
    for (const name of ['ann', 'eve']) await joinAs(coordinator.url, name);
  });
  after(() => coordinator.close());

  async function fill({ client, close }: Database): Promise<void> {
    const row = { name: 'group', access: 'open', state: 'ready', ...settingsRow() } as const;
    const { id: groupId } = await client.taskGroup.create({ data: row });
    const { id: ada } = await client.participant.create({ data: { name: 'ada' } });
    await client.participant.create({ data: { name: 'bob' } });
    const numbers = Array.from({ length: 7 }, (_, at) => at + 1);
    await client.round.createMany({
      data: numbers.map((number) => ({
        ...{
          groupId,
          number,
          version: number - 1,
          state: number % 2 === 0 ? ('failed' as const) : ('committed' as const),
        },
        ...{ openedAt: hour(number), deadlineAt: hour(number + 1) },
      })),
    });
    // several in one millisecond
    await client.auditEvent.createMany({
      data: numbers.map((number) => ({
        ...{ groupId, kind: 'round-retried', detail: { number }, createdAt: hour(Math.ceil(number / 3)) },
        ...(number === 5 ? { participantId: ada } : {}),
      })),
    });
    await client.metric.createMany({
      data: numbers.map((round) => ({
        ...{ groupId, participantId: ada, round, name: 'accuracy', value: round / 10 },
        createdAt: hour(Math.ceil(round / 3)),
      })),
    });
    for (const name of ['alpha', 'beta', 'gamma'])
      await client.taskGroup.create({ data: { name, access: 'invitation', ...settingsRow() } });
    await close();
  }

  type Listing = 'listRounds' | 'listEvents' | 'listMetrics' | 'listAudit' | 'listGroups' | 'listKeys';
  const read = async (
    name: Listing,
    query: object,
    between: () => Promise<unknown> = async () => undefined,
  ) => {
    const pages: unknown[][] = [];
    const all: string[] = [];
    const items = everyItem<unknown>(async (cursor) => {
      const { items, next } = await admin.call(name, { params, query: { ...query, cursor } } as never);
      pages.push([...items]);
      await between();
      return { items, next };
    });
    for await (const item of items) all.push(JSON.stringify(item));
    return { pages, all };
  };

  for (const [name, query] of [
    ['listRounds', {}],
    ['listRounds', { sort: 'oldest', state: 'failed' }],
    ['listEvents', { kind: 'round-retried' }],
    ['listEvents', { sort: 'oldest' }],
    ['listMetrics', { name: 'accuracy' }],
    ['listMetrics', { sort: 'oldest' }],
    ['listAudit', {}],
    ['listAudit', { after: 2 }],
    ['listGroups', {}],
    ['listGroups', { sort: 'newest' }],
    ['listKeys', {}],
  ] as const)
    test(`${name} ${JSON.stringify(query)}: pages of two are the whole list`, async () => {
      const whole = await read(name, query);
      const inPages = await read(name, { ...query, limit: 2 });
      assert.ok(whole.all.length > 2);
      assert.deepEqual(inPages.all, whole.all);
      assert.equal(inPages.pages.length, Math.ceil(whole.all.length / 2));
      assert.equal(new Set(inPages.all).size, inPages.all.length);
    });

  test('what comes while pages are turned shifts none of them', async () => {
    let made = 0;
    const more = () => admin.call('createKey', { body: { role: 'operator', name: `more-${made++}` } });
    const before = (await read('listAudit', {})).all;
    const { all } = await read('listAudit', { limit: 3 }, more);
    assert.ok(made > 1);
    assert.deepEqual(all, before);
    const groups = await read('listGroups', { limit: 2 }, () =>
      admin.call('createGroup', { body: { name: `aaa-${made++}`, settings: makeSettings() } }),
    );
    assert.deepEqual(
      groups.all.map((text) => (JSON.parse(text) as { name: string }).name),
      ['alpha', 'beta', 'gamma', 'group'],
    );
  });

  test('filters say which rows, and are counted with', async () => {
    const rounds = async (query: object) => {
      const { items, total } = await admin.call('listRounds', { params, query });
      return [items.map(({ number }) => number), total];
    };
    assert.deepEqual(await rounds({ state: 'failed' }), [[6, 4, 2], 3]);
    const span = { since: hour(2).toISOString(), until: hour(4).toISOString() };
    assert.deepEqual(await rounds(span), [[3, 2], 2]);
    const events = await admin.call('listEvents', {
      params,
      query: { participant: 'ada', kind: 'round-retried' },
    });
    assert.deepEqual(
      events.items.map(({ detail }) => detail.number),
      [5],
    );
    const audit = await admin.call('listAudit', { query: { participant: 'ada', kind: 'round-retried' } });
    assert.equal(audit.total, 1);
    assert.deepEqual((await admin.call('listMetrics', { params, query: { participant: 'bob' } })).items, []);
    assert.equal((await admin.call('listMetrics', { params, query: { round: '3' } })).total, 1);
    assert.equal((await admin.call('listKeys', { query: { role: 'participant' } })).total, 2);
    assert.equal((await admin.call('listGroups', { query: { state: 'ready' } })).total, 1);
    assert.equal((await admin.call('listParticipants', { query: { online: 'false' } })).total, 2);
    const named = await admin.call('listParticipants', { query: { participant: 'ada' } });
    assert.deepEqual([named.items.map(({ name }) => name), named.total], [['ada'], 1]);
    await assert.rejects(
      admin.call('listEvents', { params, query: { participant: 'nobody' } }),
      (error) => error instanceof ApiProblem && error.is('unknown-participant'),
    );
    const kind = 'key-revoke' as 'key-revoked'; // nothing of it happened, since there is no such kind
    const isTold = /kind: there is no such kind; there are .*key-revoked/;
    await assert.rejects(admin.call('listAudit', { query: { kind } }), isTold);
  });

  test('a cursor of another listing, of another order, or made up, is refused', async () => {
    const { next } = await admin.call('listRounds', { params, query: { limit: 2 } });
    assert.ok(next !== null);
    const isRefused = (error: unknown) =>
      error instanceof ApiProblem && error.is('invalid-request') && /cursor/.test(error.message);
    await assert.rejects(
      admin.call('listRounds', { params, query: { cursor: next, sort: 'oldest' } }),
      isRefused,
    );
    await assert.rejects(admin.call('listMetrics', { params, query: { cursor: next } }), isRefused);
    for (const made of [
      '{}',
      '["listRounds","newest",1e300]',
      '["listRounds","newest","1"]',
      '["listRounds","newest"]',
      '["listRounds","newest",1,2]',
      '[[[[',
    ]) {
      const cursor = Buffer.from(made).toString('base64url');
      await assert.rejects(admin.call('listRounds', { params, query: { cursor } }), isRefused, made);
    }
    const nul = Buffer.from(JSON.stringify(['listGroups', 'name', 'a\0'])).toString('base64url');
    await assert.rejects(admin.call('listGroups', { query: { cursor: nul } }), isRefused);
  });
});
