// `npm run bench:simulation`: the model of `colora simulate` beside a real coordinator. Real echo clients wait as long as the
// model's people train, and as many never answer; the same people, rounds and costs go through the simulation.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { measuredCosts } from '@colora/cli/simulate/measured-costs';
import { defaultPeople, type PeopleModel } from '@colora/cli/simulate/people';
import { simulateBuffered } from '@colora/cli/simulate/simulate-buffered';
import { simulateSynchronous } from '@colora/cli/simulate/simulate-synchronous';
import { quantile, summarise } from '@colora/cli/simulate/summary';
import { type RoundsSettings, roundsSchema } from '@colora/protocol/rounds-settings';
import type { EchoTask } from '../coordinator/echo-process.ts';
import { createGroup, echoScript, listen } from '../coordinator/run-case.ts';
import { type Measured, report } from '../report.ts';
import { track } from '../service/children.ts';
import { startCoordinator } from '../service/coordinator-process.ts';
import { openPostgresServer, type PostgresServer } from '../service/postgres-server.ts';
import { cpuSeconds, processTree } from '../service/process-figures.ts';

const { values: flags } = parseArgs({
  options: {
    clients: { type: 'string', default: '64' },
    cohort: { type: 'string', default: '24' },
    rounds: { type: 'string', default: '10' },
    megabytes: { type: 'string', default: '1.2' },
    seed: { type: 'string', default: '0' },
    json: { type: 'string' },
  },
});
const number = (flag: keyof typeof flags) => Number(flags[flag]);
const [clients, cohort, count] = [number('clients'), number('cohort'), number('rounds')];
const [megabytes, seed] = [number('megabytes'), number('seed')];

/** On a line without limits, always online: what differs is how long they train, and who never answers. */
const people: PeopleModel = {
  ...defaultPeople,
  trainingSeconds: { median: 2, sigma: 0.6 },
  upMbps: { median: 1e6, sigma: 0 },
  downMbps: { median: 1e6, sigma: 0 },
  ...{ onlineShare: 1, sessionMinutes: 1e9, dropout: 0.08 },
};
const common = { count, participants: cohort, quorum: Math.ceil(cohort * 0.8), deadlineSeconds: 30 };
const modes: readonly RoundsSettings[] = [
  roundsSchema.parse({ ...common, cohort: { count: cohort }, overSelection: 1.3 }),
  roundsSchema.parse({ ...common, mode: 'buffered', bufferSize: cohort, maxStaleness: 20 }),
];

const results: Measured[] = [];
const postgres = await openPostgresServer();
try {
  for (const rounds of modes) {
    const name = `${rounds.mode}, ${cohort} of ${clients} x ${megabytes} MB`;
    results.push(row(name, 'simulated', simulated(rounds)), row(name, 'real', await real(postgres, rounds)));
  }
} finally {
  await postgres.close();
}
report(results, 'real');

interface Figures {
  /** From one commit to the next. */
  readonly seconds: readonly number[];
  readonly contributions: number;
  readonly coordinatorCpu: number | null;
  readonly databaseCpu: number | null;
}

function row(name: string, implementation: string, figures: Figures): Measured {
  const { seconds, contributions, coordinatorCpu, databaseCpu } = figures;
  return {
    ...{ case: name, implementation, unit: 's', peakMemoryMB: null },
    median: Number(quantile(seconds, 0.5).toPrecision(3)),
    figures: {
      'mean s': seconds.reduce((sum, value) => sum + value, 0) / seconds.length,
      'longest s': Math.max(...seconds),
      'contributions/round': contributions,
      'coordinator CPU s/round': coordinatorCpu,
      'database CPU s/round': databaseCpu,
    },
  };
}

function simulated(rounds: RoundsSettings): Figures {
  const input = {
    ...{
      seed,
      participants: clients,
      people,
      rounds,
      megabytes,
      checkpointMB: megabytes,
      costs: measuredCosts,
    },
    service: { coordinators: 1, databaseCores: 1, lineMbps: 1e6 },
  };
  const run = (rounds.mode === 'synchronous' ? simulateSynchronous : simulateBuffered)(input);
  const summary = summarise(input, run);
  return {
    seconds: gaps(run.records.map(({ committedAt }) => committedAt)),
    contributions: summary.contributionsPerRound,
    coordinatorCpu: summary.coordinatorSecondsPerRound,
    databaseCpu: summary.databaseSecondsPerRound,
  };
}

async function real(server: PostgresServer, rounds: RoundsSettings): Promise<Figures> {
  const database = await server.createDatabase();
  const coordinator = await startCoordinator(database.url);
  const echoes = track(fork(echoScript));
  const group = `simulated-${randomBytes(4).toString('hex')}`;
  try {
    await createGroup(coordinator, group, { clients, megabytes, upload: 'f32', download: 'f32' }, rounds);
    const task: EchoTask = {
      url: coordinator.url,
      group,
      clients,
      megabytes,
      upload: 'f32',
      people: { model: people, seed },
    };
    const news = listen(echoes);
    echoes.send(task);
    await news('joined');
    const cpu = () => [
      cpuSeconds([coordinator.pid]),
      server.pid === null ? null : cpuSeconds(processTree(server.pid)),
    ];
    const before = cpu();
    await coordinator.admin.call('startGroup', { params: { group } });
    for (;;) {
      const { state } = await coordinator.admin.call('showGroup', { params: { group } });
      if (state === 'completed' || state === 'paused') break;
      await new Promise((done) => setTimeout(done, 200));
    }
    const used = cpu().map((value, index) => (value === null ? null : (value - before[index]!) / count));
    const { items } = await coordinator.admin.call('listRounds', {
      params: { group },
      query: { limit: 1000 },
    });
    const committed = items.filter(({ committedAt }) => committedAt !== null).reverse();
    return {
      seconds: gaps(committed.map(({ committedAt }) => Date.parse(committedAt!) / 1000)),
      contributions: committed.reduce((sum, { contributions }) => sum + contributions, 0) / committed.length,
      coordinatorCpu: used[0]!,
      databaseCpu: used[1]!,
    };
  } finally {
    echoes.kill('SIGKILL');
    await coordinator.kill();
    await database.drop();
  }
}

/** Without the first, which begins with a start of its own. */
function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - times[index]!);
}
