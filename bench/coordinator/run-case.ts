// One case of the coordinator's benchmark: a fresh database, a coordinator and its echo clients in processes of their
// own, some rounds, and what they cost.

import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { RoundsSettings } from '@colora/protocol/rounds-settings';
import { sha256Hex } from '@colora/protocol/sha256';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { track } from '../service/children.ts';
import { type CoordinatorProcess, startCoordinator } from '../service/coordinator-process.ts';
import type { PostgresServer } from '../service/postgres-server.ts';
import {
  cpuSeconds,
  peakMemoryMB,
  processTree,
  resetPeakMemory,
  residentMB,
  sampleTree,
} from '../service/process-figures.ts';
import type { CaseFigures, EchoCase } from './echo-case.ts';
import type { EchoNews, EchoTask } from './echo-process.ts';
import { randomTensors } from './update-body.ts';

export const echoScript = fileURLToPath(new URL('echo-process.ts', import.meta.url));

export async function runCase(
  postgres: PostgresServer,
  wanted: EchoCase,
  rounds: number,
): Promise<CaseFigures> {
  const database = await postgres.createDatabase();
  const coordinator = await startCoordinator(database.url);
  const group = `echo-${randomBytes(4).toString('hex')}`;
  await createGroup(coordinator, group, wanted);
  const echoes = track(fork(echoScript));
  try {
    const task = { ...wanted, url: coordinator.url, group };
    return await measure({ postgres, coordinator, echoes }, task, rounds);
  } finally {
    echoes.kill('SIGKILL');
    await coordinator.kill();
    await database.drop();
  }
}

/** All take part in all rounds, unless `rounds` says otherwise. */
export async function createGroup(
  { admin }: CoordinatorProcess,
  group: string,
  wanted: EchoCase,
  rounds: Partial<RoundsSettings> = {},
): Promise<void> {
  const { clients: participants } = wanted;
  const settings = {
    baseModel: { name: 'echo', modelType: 'echo', fingerprint: '0'.repeat(64) },
    task: { kind: 'classification' as const, labels: ['a', 'b'], clusters: 'off' as const },
    rounds: { count: 1_000_000, participants, quorum: participants, deadlineSeconds: 3600, ...rounds },
    wire: { upload: wanted.upload, download: wanted.download },
    ...(wanted.masked ? { privacy: { clipNorm: 1, secureAggregation: {} } } : {}),
  };
  await admin.call('createGroup', { body: { name: group, access: 'open', settings } });
  const bytes = encode(randomTensors(wanted.megabytes));
  const sha256 = sha256Hex(bytes);
  await admin.call('putInitialCheckpoint', { params: { group }, bytes, sha256 });
}

/** A coordinator lives for months, and V8 compiles what it does over the first seconds: its first rounds don't count. */
const warmUpMs = 8_000;

interface Mark {
  readonly at: number;
  readonly traffic: { readonly up: number; readonly down: number };
  readonly coordinatorCpu: number | null;
  readonly postgresCpu: number | null;
}

interface Processes {
  readonly postgres: PostgresServer;
  readonly coordinator: CoordinatorProcess;
  readonly echoes: ChildProcess;
}

async function measure(
  { postgres, coordinator, echoes }: Processes,
  task: EchoTask,
  rounds: number,
): Promise<CaseFigures> {
  const news = listen(echoes);
  echoes.send(task);
  await news('joined');
  const startMB = residentMB(coordinator.pid);
  await coordinator.admin.call('startGroup', { params: { group: task.group } });
  const mark = async (): Promise<Mark> => {
    const { at, traffic } = await news('round');
    const postgresCpu = postgres.pid === null ? null : cpuSeconds(processTree(postgres.pid));
    return { at, traffic, coordinatorCpu: cpuSeconds([coordinator.pid]), postgresCpu };
  };
  const begunAt = Date.now();
  await mark(); // the first round never counts
  let first = await mark();
  while (first.at - begunAt < warmUpMs) first = await mark();
  resetPeakMemory(coordinator.pid);
  const sampler = postgres.pid === null ? null : sampleTree(postgres.pid, 'postgres');
  const marks = [first];
  while (marks.length <= rounds) marks.push(await mark());
  const last = marks.at(-1)!;
  const seconds = (last.at - first.at) / 1000 / rounds;
  const perRound = (of: (one: Mark) => number | null) =>
    of(last) === null || of(first) === null ? null : (of(last)! - of(first)!) / rounds;
  return {
    roundsPerSecond: 1 / seconds,
    'MB/s': (task.clients * task.megabytes) / seconds,
    'server CPU s/round': perRound(({ coordinatorCpu }) => coordinatorCpu),
    'database CPU s/round': perRound(({ postgresCpu }) => postgresCpu),
    'server peak MB': peakMemoryMB(coordinator.pid),
    'server start MB': startMB,
    'database peak MB': sampler?.stop() ?? null,
    'up MB/round': perRound(({ traffic }) => traffic.up)! / 1e6,
    'down MB/round': perRound(({ traffic }) => traffic.down)! / 1e6,
  };
}

/** Of the echo clients' process: the next news of a kind; throws when the echoes fail or end. */
export function listen(child: ChildProcess) {
  const queue: EchoNews[] = [];
  let wake: () => void = () => undefined;
  child.on('message', (message) => {
    queue.push(message as EchoNews);
    wake();
  });
  child.once('exit', (code) => {
    queue.push({ kind: 'failed', reason: `the echo clients' process ended (${code})` });
    wake();
  });
  return async <Kind extends EchoNews['kind']>(kind: Kind): Promise<Extract<EchoNews, { kind: Kind }>> => {
    while (queue.length === 0) {
      await new Promise<void>((done) => {
        wake = done;
      });
    }
    const next = queue.shift()!;
    if (next.kind === 'failed') throw new Error(next.reason);
    if (next.kind !== kind) throw new Error(`expected ${kind} of the echo clients, got ${next.kind}`);
    return next as Extract<EchoNews, { kind: Kind }>;
  };
}
