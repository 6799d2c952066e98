// `npm run bench:metrics`: how long /metrics takes with 20 groups of 200 members and 500 rounds each, on Postgres: as the database
// is asked, and out of what is kept for some seconds.
import { performance } from 'node:perf_hooks';
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { openDatabase } from '@colora/coordinator/database/open-database';
import { createGroupFigures } from '@colora/coordinator/observe/group-figures';
import { makeContext } from '@colora/coordinator/testing/context';
import { settingsRow } from '@colora/coordinator/testing/group';
import { median, type Result, report } from './report.ts';
import { openPostgresServer } from './service/postgres-server.ts';

const groups = 20;
const members = 200;
const rounds = 500;
const times = 30;
const token = 'of-the-bench-alone';

const postgres = await openPostgresServer();
const made = await postgres.createDatabase();
const database = await openDatabase({ databaseUrl: made.url, dataFolder: '' });
const results: Result[] = [];
try {
  await fill();
  const context = makeContext(database, 'bench');
  await measure('the database is asked', () => createGroupFigures(context).text());
  context.meters.close();
  const coordinator = await buildCoordinator({
    ...{ databaseUrl: made.url, dataFolder: '', port: 0, logger: 'silent', metricsToken: token },
    adminKey: 'colora_a_bench-alone-0123456789',
  });
  const headers = { authorization: `Bearer ${token}` };
  await measure('GET /metrics', async () =>
    (await fetch(`${coordinator.url}/metrics`, { headers })).text(),
  ).finally(() => coordinator.close());
} finally {
  await database.close();
  await made.drop();
  await postgres.close();
}
report(results);

async function measure(name: string, work: () => Promise<string>): Promise<void> {
  const taken: number[] = [];
  let bytes = 0;
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    bytes = (await work()).length;
    taken.push(performance.now() - began);
  }
  results.push({
    ...{ case: `${groups} groups of ${members} members, ${rounds} rounds each`, implementation: name },
    ...{ median: Number(median(taken).toPrecision(4)), unit: 'ms', peakMemoryMB: null },
    figures: { 'slowest, ms': Math.max(...taken), KB: bytes / 1024 },
  });
}

async function fill(): Promise<void> {
  const { client: db } = database;
  const metrics = { sharedLoss: 0.5, personalLoss: 0.4, contributionNorm: 1, updateNorm: 0.9, seconds: 60 };
  for (let index = 0; index < groups; index += 1) {
    const { id: groupId } = await db.taskGroup.create({
      data: { name: `group-${index}`, access: 'open', ...settingsRow(), state: 'running' } as never,
    });
    const people = Array.from({ length: members }, (_, at) => ({
      id: `${groupId}-${at}`,
      name: `${index}-${at}`,
    }));
    await db.participant.createMany({ data: people });
    const onlineUntil = new Date(Date.now() + 3_600_000);
    await db.membership.createMany({
      data: people.map(({ id }) => ({ groupId, participantId: id, onlineUntil })),
    });
    const deadlineAt = new Date();
    await db.round.createMany({
      data: Array.from({ length: rounds }, (_, at) => ({
        ...{ groupId, number: at + 1, version: at, deadlineAt, metrics, committedAt: new Date() },
        state: at + 1 === rounds ? ('collecting' as const) : ('committed' as const),
      })),
    });
  }
  await db.$executeRaw`ANALYZE`;
}
