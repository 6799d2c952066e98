// `npm run bench:control-plane`: thousands of simulated members on one real coordinator and Postgres. They join, connect their
// sockets, are idle and are drawn for a round; what that costs in time, memory and bytes.

import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { sha256Hex } from '@colora/protocol/sha256';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { randomTensors } from '../coordinator/update-body.ts';
import { type Measured, type Result, report } from '../report.ts';
import { track } from '../service/children.ts';
import { startCoordinator } from '../service/coordinator-process.ts';
import { openPostgresServer } from '../service/postgres-server.ts';
import { cpuSeconds, peakMemoryMB, processTree, residentMB } from '../service/process-figures.ts';
import type { Done, Step, Watched } from './members-process.ts';

const { values: flags } = parseArgs({
  options: {
    members: { type: 'string', default: '10000' },
    cohort: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    json: { type: 'string' },
  },
});
const [members, cohort, seconds] = [flags.members, flags.cohort, flags.seconds].map(Number) as [
  number,
  number,
  number,
];
const watchSeconds = 10;

const postgres = await openPostgresServer();
const database = await postgres.createDatabase();
const coordinator = await startCoordinator(database.url);
const people = track(fork(fileURLToPath(new URL('members-process.ts', import.meta.url))));
const group = `idle-${randomBytes(4).toString('hex')}`;
const results: Result[] = [];
try {
  await createGroup();
  const emptyMB = residentMB(coordinator.pid);
  const joined = await costOf(() =>
    call<{ seconds: number }>({ step: 'join', url: coordinator.url, group, members }),
  );
  addRate('join', joined);
  const connected = await costOf(() => call<{ seconds: number }>({ step: 'connect' }));
  addRate('connect', connected);
  const idled = await costOf(() => call<Extract<Done, { polls: number }>>({ step: 'idle', seconds }));
  const { bytesUp, bytesDown, polls, lost } = idled.value;
  const residentNow = residentMB(coordinator.pid);
  add('idle', 'polls of all', polls / seconds, 'requests/s');
  add('idle', 'up, each', bytesUp / seconds / members, 'B/s');
  add('idle', 'down, each', bytesDown / seconds / members, 'B/s');
  add('idle', 'resident', residentNow, 'MB');
  add(
    'idle',
    'resident, each',
    residentNow === null || emptyMB === null ? null : ((residentNow - emptyMB) * 1024) / members,
    'KB',
  );
  add('idle', 'coordinator processor', idled.cpu === null ? null : idled.cpu / idled.seconds, 'share');
  add(
    'idle',
    'database processor',
    idled.databaseCpu === null ? null : idled.databaseCpu / idled.seconds,
    'share',
  );
  add('idle', 'sockets lost', lost, 'times');
  await openRound();
} finally {
  people.kill('SIGKILL');
  await coordinator.kill();
  await database.drop();
  await postgres.close();
}
report(results);

async function createGroup(): Promise<void> {
  const settings = {
    baseModel: { name: 'echo', modelType: 'echo', fingerprint: '0'.repeat(64) },
    task: { kind: 'classification' as const, labels: ['a', 'b'], clusters: 'off' as const },
    rounds: {
      count: 100,
      participants: cohort,
      quorum: cohort,
      deadlineSeconds: 3600,
      cohort: { count: cohort },
    },
  };
  await coordinator.admin.call('createGroup', { body: { name: group, access: 'open', settings } });
  const bytes = encode(randomTensors(0.17));
  const sha256 = sha256Hex(bytes);
  await coordinator.admin.call('putInitialCheckpoint', { params: { group }, bytes, sha256 });
}

/** From the admin's start to the last of the cohort knowing that it is drawn. */
async function openRound(): Promise<void> {
  const watching = costOf(() => call<Watched>({ step: 'watch', seconds: watchSeconds }));
  const begun = Date.now();
  await coordinator.admin.call('startGroup', { params: { group } });
  const { value, cpu, databaseCpu } = await watching;
  const since = (at: number) => (at === 0 ? null : at - begun);
  const step = `round of ${cohort}`;
  add(step, 'first hint', since(value.firstHintAt), 'ms');
  add(step, 'last of the cohort knows', since(value.lastAssignedAt), 'ms');
  add(step, 'assigned', value.assigned, 'times');
  add(step, 'hints', value.hinted, 'times');
  add(step, 'polls', value.polls, 'times');
  add(step, 'coordinator processor', cpu, 's');
  add(step, 'database processor', databaseCpu, 's');
}

type Cost = Awaited<ReturnType<typeof costOf<{ seconds: number }>>>;

function addRate(step: string, { value, cpu, databaseCpu }: Cost): void {
  const each = (total: number | null) => (total === null ? null : (total * 1000) / members);
  add(step, 'all, some at a time', members / value.seconds, 'requests/s');
  add(step, 'coordinator processor, each', each(cpu), 'ms');
  add(step, 'database processor, each', each(databaseCpu), 'ms');
}

function add(step: string, what: string, figure: number | null, unit: Measured['unit']): void {
  const peak = peakMemoryMB(coordinator.pid);
  const peakMemory = peak === null ? null : Math.round(peak);
  const row = { case: `${members} members: ${step}`, implementation: what };
  if (figure === null) results.push({ ...row, skipped: 'not to be known here' });
  else results.push({ ...row, median: Number(figure.toPrecision(4)), unit, peakMemoryMB: peakMemory });
  console.error(`${row.case}, ${what}: ${figure ?? 'not to be known here'} ${unit}`);
}

async function costOf<Value>(work: () => Promise<Value>) {
  const now = () => ({
    at: performance.now(),
    cpu: cpuSeconds([coordinator.pid]),
    databaseCpu: postgres.pid === null ? null : cpuSeconds(processTree(postgres.pid)),
  });
  const before = now();
  const value = await work();
  const after = now();
  const less = (a: number | null, b: number | null) => (a === null || b === null ? null : a - b);
  return {
    value,
    seconds: (after.at - before.at) / 1000,
    cpu: less(after.cpu, before.cpu),
    databaseCpu: less(after.databaseCpu, before.databaseCpu),
  };
}

/** Gives the members a step; throws when they fail. */
async function call<Value extends object>(step: Step): Promise<Value> {
  const child: ChildProcess = people;
  const answer = await new Promise<object>((done, failed) => {
    child.once('message', (message) => done(message as object));
    child.once('exit', (code) => failed(new Error(`the members' process ended (${code})`)));
    child.send(step);
  });
  child.removeAllListeners('exit');
  if ('failed' in answer) throw new Error(String(answer.failed));
  return answer as Value;
}
