// `npm run bench:abuse`: the round time of honest members on a real coordinator and Postgres with 0, 10 and 50 % of the connections
// hostile: slow uploads, floods of polls, big metrics, refused contributions, enrolments, half-open sockets (test/support/attackers.ts).
import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sha256Hex } from '@colora/protocol/sha256';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { attackNames } from '../../test/support/attackers.ts';
import { randomTensors } from '../coordinator/update-body.ts';
import { median, type Result, report } from '../report.ts';
import { track } from '../service/children.ts';
import { type CoordinatorProcess, startCoordinator } from '../service/coordinator-process.ts';
import { openPostgresServer } from '../service/postgres-server.ts';
import { peakMemoryMB } from '../service/process-figures.ts';
import type { Attacks } from './attackers-process.ts';
import { type HonestMember, joinHonest } from './honest-member.ts';

const { values: flags } = parseArgs({
  options: {
    members: { type: 'string', default: '18' },
    rounds: { type: 'string', default: '25' },
    shares: { type: 'string', default: '0,0.1,0.5' },
    json: { type: 'string' },
  },
});
const [honest, rounds] = [flags.members, flags.rounds].map(Number) as [number, number];
const megabytes = 0.24;
const deadlineSeconds = 5;
/** The first ones make everything warm, and wait for members that never deliver. */
const warmUp = 5;

const postgres = await openPostgresServer();
const results: Result[] = [];
try {
  for (const share of flags.shares.split(',').map(Number)) results.push(await run(share));
} finally {
  await postgres.close();
}
report(results, 'none hostile');
const medians = results.flatMap((one) => ('median' in one ? [one.median] : []));
const ratio = medians.at(-1)! / medians[0]!;
console.log(
  `\nwith the most of them hostile a round takes ${ratio.toFixed(2)} times as long as with the fewest`,
);

async function run(share: number): Promise<Result> {
  const hostile = Math.round((share * honest) / (1 - share));
  const database = await postgres.createDatabase();
  const coordinator = await startCoordinator(database.url);
  let attackers: ChildProcess | undefined;
  try {
    const group = `abused-${randomBytes(3).toString('hex')}`;
    const lobby = `${group}-lobby`;
    await makeGroup(coordinator, group, honest);
    await makeGroup(coordinator, lobby, 10_000);
    const members: HonestMember[] = [];
    for (let i = 0; i < honest; i += 1) members.push(await joinHonest(coordinator.url, group, megabytes));
    const keys: string[] = [];
    for (let i = 0; i < hostile; i += 1) keys.push((await joinHonest(coordinator.url, group, 0)).key);
    const bytes = Math.round(megabytes * 1e6);
    const each = keys.map((key, i) => ({ key, name: attackNames[i % attackNames.length]! }));
    if (each.length > 0) {
      attackers = track(fork(fileURLToPath(new URL('attackers-process.ts', import.meta.url))));
      attackers.send({ url: coordinator.url, group, lobby, bytes, each } satisfies Attacks);
    }
    await coordinator.admin.call('startGroup', { params: { group } });
    await Promise.all(members.map((member) => member.contribute()));
    const seconds = await roundSeconds(coordinator, group);
    for (const member of members) member.close();
    const later = seconds.slice(warmUp);
    const implementation = hostile === 0 ? 'none hostile' : `${hostile} of ${hostile + honest} hostile`;
    console.error(`${implementation}: ${seconds.map((one) => one.toFixed(2)).join(' ')}`);
    const peak = peakMemoryMB(coordinator.pid);
    return {
      case: `a round of ${honest} honest members, ${megabytes} MB each`,
      implementation,
      median: Number(median(later).toPrecision(3)),
      unit: 's',
      peakMemoryMB: peak === null ? null : Math.round(peak),
      figures: {
        'mean s': later.reduce((sum, one) => sum + one, 0) / later.length,
        'longest s': Math.max(...later),
        'mean of all s': seconds.reduce((sum, one) => sum + one, 0) / seconds.length,
      },
    };
  } finally {
    attackers?.kill('SIGKILL');
    await coordinator.kill();
    await database.drop();
  }
}

async function makeGroup({ admin }: CoordinatorProcess, name: string, participants: number): Promise<void> {
  const settings = {
    baseModel: { name: 'echo', modelType: 'echo', fingerprint: '0'.repeat(64) },
    task: { kind: 'classification' as const, labels: ['a', 'b'], clusters: 'off' as const },
    rounds: { count: rounds, participants, quorum: Math.min(participants, honest), deadlineSeconds },
  };
  await admin.call('createGroup', { body: { name, access: 'open', settings } });
  const bytes = encode(randomTensors(megabytes));
  const sha256 = sha256Hex(bytes);
  await admin.call('putInitialCheckpoint', { params: { group: name }, bytes, sha256 });
}

/** From each round's opening to its commit. */
async function roundSeconds({ admin }: CoordinatorProcess, group: string): Promise<number[]> {
  const { items } = await admin.call('listRounds', { params: { group }, query: { limit: 200 } });
  return items
    .filter(({ committedAt }) => committedAt !== null)
    .sort((one, other) => one.number - other.number)
    .map(({ openedAt, committedAt }) => (Date.parse(committedAt!) - Date.parse(openedAt)) / 1000);
}
