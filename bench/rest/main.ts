// `npm run bench:rest`: how long each listing takes of a coordinator that is old: 200 members, 20 groups of 500 rounds, a million
// entries of the audit trail. Beside it a plain SELECT of the same page's rows, in the same run.
import { parseArgs } from 'node:util';
import { fillPath } from '@colora/protocol/api-client';
import { type RouteName, routes } from '@colora/protocol/routes';
import pg from 'pg';
import { type Measured, median, report } from '../report.ts';
import { startCoordinator } from '../service/coordinator-process.ts';
import { openPostgresServer } from '../service/postgres-server.ts';
import { fill, sizeOf, sizeOptions } from './fill.ts';

const { values: flags } = parseArgs({
  options: {
    ...sizeOptions,
    repeats: { type: 'string', default: '21' },
    json: { type: 'string' },
  },
});
const repeats = Number(flags.repeats);

/** A listing, and the plain statement that reads its first page's rows. */
interface Case {
  readonly name: string;
  readonly route: RouteName;
  readonly query?: Readonly<Record<string, string>>;
  readonly sql: string;
}

const inGroup = `"groupId" = 'g3'`;
const newest = 'ORDER BY "createdAt" DESC, "id" DESC LIMIT 101';
const chain = '"AuditLink" l JOIN "AuditEvent" e ON e."id" = l."eventId"';
const cases: readonly Case[] = [
  { name: 'groups', route: 'listGroups', sql: 'SELECT * FROM "TaskGroup" ORDER BY "name" LIMIT 101' },
  {
    name: 'participants',
    route: 'listParticipants',
    sql: 'SELECT * FROM "Participant" ORDER BY "name" LIMIT 101',
  },
  {
    name: 'participants of a group',
    route: 'listParticipants',
    query: { group: 'group-3' },
    sql: `SELECT p.* FROM "Participant" p JOIN "Membership" m ON m."participantId" = p."id" WHERE ${inGroup} ORDER BY "name" LIMIT 101`,
  },
  { name: 'keys', route: 'listKeys', sql: 'SELECT * FROM "ApiKey" ORDER BY "createdAt", "id" LIMIT 101' },
  {
    name: 'rounds',
    route: 'listRounds',
    sql: `SELECT * FROM "Round" WHERE ${inGroup} ORDER BY "number" DESC LIMIT 101`,
  },
  {
    name: 'one round',
    route: 'showRound',
    sql: `SELECT * FROM "Contribution" WHERE "roundId" = 'g3-r7' ORDER BY "receivedAt", "participantId" LIMIT 101`,
  },
  {
    name: 'timeline of a round',
    route: 'showTimeline',
    sql: `SELECT a.* FROM "Assignment" a JOIN "Participant" p ON p."id" = a."participantId" WHERE a."roundId" = 'g3-r7' ORDER BY p."name" LIMIT 101`,
  },
  {
    name: 'checkpoints',
    route: 'listCheckpoints',
    sql: `SELECT c.*, b.* FROM "Checkpoint" c JOIN "Blob" b ON b."id" = c."blobId" WHERE ${inGroup} ORDER BY "version" DESC LIMIT 101`,
  },
  {
    name: 'manifests',
    route: 'listManifests',
    sql: `SELECT * FROM "Manifest" WHERE ${inGroup} ORDER BY "version" LIMIT 11`,
  },
  {
    name: 'entries of a manifest',
    route: 'listManifestEntries',
    sql: `SELECT * FROM "ManifestEntry" WHERE ${inGroup} AND "version" = 7 ORDER BY "isCounted" DESC, "at" LIMIT 101`,
  },
  { name: 'metrics', route: 'listMetrics', sql: `SELECT * FROM "Metric" WHERE ${inGroup} ${newest}` },
  {
    name: 'metrics of a name',
    route: 'listMetrics',
    query: { name: 'accuracy' },
    sql: `SELECT * FROM "Metric" WHERE ${inGroup} AND "name" = 'accuracy' ${newest}`,
  },
  {
    name: 'metrics of a member',
    route: 'listMetrics',
    query: { participant: 'member-9' },
    sql: `SELECT k.* FROM "Metric" k JOIN "Participant" p ON p."id" = k."participantId" WHERE ${inGroup} AND p."name" = 'member-9'
      ORDER BY k."createdAt" DESC, k."id" DESC LIMIT 101`,
  },
  {
    name: 'series of a name',
    route: 'showMetricSeries',
    query: { name: 'accuracy', points: '100' },
    sql: `SELECT "round" / 8, avg("value"), min("value"), max("value") FROM "Metric" WHERE ${inGroup} AND "name" = 'accuracy' GROUP BY 1`,
  },
  {
    name: 'series of the rounds',
    route: 'showMetricSeries',
    query: { of: 'rounds', name: 'sharedLoss', points: '100' },
    sql: `SELECT "number" / 8, avg(("metrics" ->> 'sharedLoss')::float8) FROM "Round" WHERE ${inGroup} GROUP BY 1`,
  },
  {
    name: 'invitations',
    route: 'listInvitations',
    sql: `SELECT * FROM "Invitation" WHERE ${inGroup} ${newest}`,
  },
  {
    name: 'events of a group',
    route: 'listEvents',
    sql: `SELECT * FROM "AuditEvent" WHERE ${inGroup} AND "kind" <> 'contribution-counted' ${newest}`,
  },
  {
    name: 'refusals of a group',
    route: 'listEvents',
    query: { kind: 'contribution-refused' },
    sql: `SELECT * FROM "AuditEvent" WHERE ${inGroup} AND "kind" = 'contribution-refused' ${newest}`,
  },
  {
    name: 'events of a round',
    route: 'listEvents',
    query: { round: '7' },
    sql: `SELECT * FROM "AuditEvent" WHERE ${inGroup} AND "roundId" = 'g3-r7' ${newest}`,
  },
  {
    name: 'events of a member',
    route: 'listEvents',
    query: { participant: 'member-9' },
    sql: `SELECT e.* FROM "AuditEvent" e JOIN "Participant" p ON p."id" = e."participantId"
      WHERE ${inGroup} AND p."name" = 'member-9' ORDER BY e."createdAt" DESC, e."id" DESC LIMIT 101`,
  },
  { name: 'audit', route: 'listAudit', sql: `SELECT * FROM ${chain} ORDER BY l."seq" DESC LIMIT 101` },
  {
    name: 'audit, a rare kind',
    route: 'listAudit',
    query: { kind: 'key-revoked' },
    sql: `SELECT * FROM ${chain} WHERE e."kind" = 'key-revoked' ORDER BY l."seq" DESC LIMIT 101`,
  },
  {
    name: 'audit, a frequent kind',
    route: 'listAudit',
    query: { kind: 'round-committed' },
    sql: `SELECT * FROM ${chain} WHERE e."kind" = 'round-committed' ORDER BY l."seq" DESC LIMIT 101`,
  },
  {
    name: 'audit, a group',
    route: 'listAudit',
    query: { group: 'group-3' },
    sql: `SELECT * FROM ${chain} WHERE e.${inGroup} ORDER BY l."seq" DESC LIMIT 101`,
  },
  {
    name: 'audit, a member',
    route: 'listAudit',
    query: { participant: 'member-9' },
    sql: `SELECT * FROM ${chain} JOIN "Participant" p ON p."id" = e."participantId" WHERE p."name" = 'member-9' ORDER BY l."seq" DESC LIMIT 101`,
  },
  {
    name: 'audit, an hour',
    route: 'listAudit',
    query: {
      since: new Date(Date.now() - 7200e3).toISOString(),
      until: new Date(Date.now() - 3600e3).toISOString(),
    },
    sql: `SELECT * FROM ${chain} WHERE e."createdAt" >= now() - interval '2 hours' AND e."createdAt" < now() - interval '1 hour'
      ORDER BY l."seq" DESC LIMIT 101`,
  },
];

const postgres = await openPostgresServer();
const database = await postgres.createDatabase();
const coordinator = await startCoordinator(database.url);
const client = new pg.Client({ connectionString: database.url });
const results: Measured[] = [];
try {
  await client.connect();
  const began = performance.now();
  await fill(client, coordinator.admin, sizeOf(flags));
  console.log(`filled in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (const one of cases) results.push(...(await measured(one)));
} finally {
  await client.end();
  await coordinator.kill();
  await database.drop();
  await postgres.close();
}
report(results, 'a plain SELECT');
const slow = results.filter(
  ({ implementation, median: ms }) => implementation !== 'a plain SELECT' && ms > 50,
);
console.log(
  `\n${slow.length} above 50 ms${slow.length === 0 ? '' : `: ${slow.map((one) => one.case).join(', ')}`}`,
);

/** In turns, so that a busy machine disturbs all alike. The deep page is the fifth, found by its cursor. */
async function measured({ name, route, query = {}, sql }: Case): Promise<Measured[]> {
  const { path } = routes[route];
  const { key } = await coordinator.admin.call('createKey', {
    body: { role: 'admin', name: name.replaceAll(/[^a-z]+/g, '-') },
  }); // its own rate limit
  const headers = { authorization: `Bearer ${key}` };
  const address = coordinator.url + fillPath(path, { group: 'group-3', round: 7, version: 7 });
  const read = async (cursor?: string): Promise<string | null> => {
    const search = new URLSearchParams({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    const response = await fetch(`${address}?${search}`, { headers });
    const { next, detail } = (await response.json()) as { next?: string | null; detail?: string };
    if (!response.ok) throw new Error(`${name}: ${response.status} ${detail}`);
    return next ?? null;
  };
  let deep: string | null = await read();
  for (let page = 1; page < 4 && deep !== null; page += 1) deep = await read(deep);
  const runs: Record<string, () => Promise<unknown>> = {
    'the first page': () => read(),
    ...(deep === null ? {} : { 'the fifth page': () => read(deep!) }),
    'a plain SELECT': () => client.query(sql),
  };
  const times = new Map<string, number[]>(Object.keys(runs).map((run) => [run, []]));
  for (let turn = 0; turn <= repeats; turn += 1)
    for (const [run, work] of Object.entries(runs)) {
      const begin = performance.now();
      await work();
      if (turn > 0) times.get(run)!.push(performance.now() - begin);
    }
  return [...times].map(([implementation, all]) => ({
    ...{ case: name, implementation, unit: 'ms', peakMemoryMB: null },
    median: Number(median(all).toFixed(2)),
  }));
}
