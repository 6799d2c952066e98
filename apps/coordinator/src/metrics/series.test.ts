// Series of figures: each line has at most as many points as were asked for, a point says what its rounds say together, and pages of
// them are the whole.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { everyItem } from '@colora/protocol/paging/every-item';
import type { seriesPointSchema } from '@colora/protocol/route/metric-series';
import type { z } from 'zod';
import { buildCoordinator, type Coordinator } from '../coordinator.ts';
import { type Database, openDatabase } from '../database/open-database.ts';
import { onEachDatabase } from '../testing/databases.ts';
import { adminKey, settingsRow } from '../testing/group.ts';
import { widthOf } from './series-handlers.ts';

type Point = z.output<typeof seriesPointSchema>;

onEachDatabase('series of figures', (database) => {
  let coordinator: Coordinator;
  let admin: ApiClient;
  const params = { group: 'g' };
  const rounds = 100;
  before(async () => {
    const options = await database.create();
    await fill(await openDatabase(options));
    coordinator = await buildCoordinator({ ...options, port: 0, adminKey, logger: 'silent' });
    admin = createApiClient(coordinator.url, () => adminKey);
  });
  after(() => coordinator.close());

  /** Of three members the first two say their round and ten more of accuracy / 1000; the third tells one figure of an earlier version. */
  async function fill({ client, close }: Database): Promise<void> {
    const { id: groupId } = await client.taskGroup.create({
      data: { name: 'g', access: 'open', ...settingsRow() },
    });
    const ids: string[] = [];
    for (const name of ['ada', 'bob', 'eve'])
      ids.push((await client.participant.create({ data: { name } })).id);
    const numbers = Array.from({ length: rounds }, (_, at) => at + 1);
    await client.metric.createMany({
      data: numbers.flatMap((round) =>
        [0, 1].map((at) => ({
          ...{ groupId, participantId: ids[at]!, round, name: 'accuracy' },
          value: (round + 10 * at) / 1000,
        })),
      ),
    });
    await client.metric.create({
      data: { groupId, participantId: ids[2]!, round: 7, name: 'odd', value: 1e300 },
    });
    await client.metric.create({ data: { groupId, participantId: ids[2]!, name: 'odd', value: 3 } }); // of no checkpoint
    await client.round.createMany({
      data: numbers.map((number) => ({
        ...{ groupId, number, version: number - 1, state: 'committed' as const, deadlineAt: new Date() },
        metrics: { sharedLoss: 1 / number, contributionNorm: number, note: 'not a figure' },
      })),
    });
    await close();
  }

  const series = (query: object) => admin.call('showMetricSeries', { params, query });

  test('the members together: spread and mean of each point, at most as many as asked for', async () => {
    const { items, width, next } = await series({ name: 'accuracy', points: 20 });
    assert.deepEqual([width, next], [8, null]);
    assert.ok(items.length <= 20);
    const [first, second] = items as [Point, Point];
    assert.deepEqual([first.round, first.through, first.count], [0, 7, 14]);
    assert.deepEqual([second.round, second.through, second.participant], [8, 15, null]);
    assert.ok(Math.abs(second.mean - 0.0165) < 1e-9);
    assert.deepEqual([second.least, second.most], [0.008, 0.025]);
    assert.ok(Math.abs(second.median - 0.0165) < 1e-9);
    assert.equal(
      items.reduce((sum, { count }) => sum + count, 0),
      2 * rounds,
    );
  });

  test('each member, a part of the rounds, and page by page', async () => {
    const query = { of: 'members', name: 'accuracy', from: 11, through: 50, points: 40 };
    const { items, width } = await series(query);
    assert.equal(width, 1);
    assert.equal(items.length, 80);
    assert.deepEqual([...new Set(items.map(({ participant }) => participant))], ['ada', 'bob']);
    const paged: Point[] = [];
    const pages = everyItem((cursor) => series({ ...query, limit: 7, cursor }));
    for await (const item of pages) paged.push(item);
    assert.deepEqual(paged, items);
    const bob = await series({ of: 'members', participant: 'bob' });
    assert.deepEqual([...new Set(bob.items.map(({ participant }) => participant))], ['bob']);
  });

  test('what the rounds say of themselves', async () => {
    const { items } = await series({ of: 'rounds', points: 1000, limit: 1000 });
    assert.deepEqual([...new Set(items.map(({ name }) => name))], ['contributionNorm', 'sharedLoss']);
    const norm = items.find(({ name, round }) => name === 'contributionNorm' && round === 42);
    assert.deepEqual([norm?.mean, norm?.count], [42, 1]);
  });

  test('a figure of an earlier version that no sum bears does not break a line', async () => {
    const { items } = await series({ name: 'odd' });
    assert.deepEqual(
      items.map(({ mean, count }) => [mean, count]),
      [[1e9, 1]],
    );
    assert.deepEqual((await series({ name: 'unheard' })).items, []);
  });
});

test('points stay where they are while rounds are added', () => {
  assert.equal(widthOf(0, 0, 1), 1);
  for (const last of [1, 99, 100, 101, 1_000, 999_999]) {
    const width = widthOf(1, last, 200);
    assert.ok(Math.floor(last / width) - Math.floor(1 / width) + 1 <= 200);
    assert.ok(width === 1 || Math.floor(last / (width / 2)) - Math.floor(2 / width) + 1 > 200);
    assert.ok(Number.isInteger(Math.log2(width)));
  }
});
