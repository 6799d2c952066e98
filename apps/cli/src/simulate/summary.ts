// A simulation's records as the figures an operator asks for. The load of those who are connected and idle is added
// here, from the rates measured: 100,000 heartbeats need no events.
import type { Simulated, SimulationInput } from './simulation.ts';

export interface Summary {
  readonly rounds: number;
  readonly roundsPerHour: number;
  /** From a round's opening to its commit. */
  readonly roundSeconds: { readonly p50: number; readonly p90: number; readonly p99: number };
  readonly contributionsPerRound: number;
  readonly meanStaleness: number;
  /** Of those asked: never heard of again, and trained for nothing. */
  readonly droppedOutShare: number;
  readonly wastedTrainingShare: number;
  readonly retries: number;
  readonly megabytesUpPerRound: number;
  readonly megabytesDownPerRound: number;
  readonly coordinatorSecondsPerRound: number;
  readonly databaseSecondsPerRound: number;
  readonly rowsPerRound: number;
  readonly megabytesWrittenPerRound: number;
  readonly online: number;
  readonly idle: {
    readonly pollsPerSecond: number;
    readonly presenceWritesPerSecond: number;
    readonly megabitsPerSecond: number;
    readonly socketMemoryMB: number;
  };
  /** Processors in use, those of idle members' polls among them. */
  readonly coordinatorCores: number;
  readonly databaseCores: number;
  readonly diskShare: number;
  /** Each one core at most at this load; and none with more sockets than fit its memory. */
  readonly coordinatorsNeeded: number;
}

/** A coordinator is one event loop: past this share of a core, waiting times grow steeply. */
const busyShare = 0.6;
const socketMemoryPerCoordinatorMB = 1024;

export function summarise(input: SimulationInput, { records, tally, spent }: Simulated): Summary {
  const rounds = records.length;
  const seconds = records.at(-1)?.committedAt ?? 0;
  const per = (total: number) => (rounds === 0 ? 0 : total / rounds);
  const online = Math.round(input.participants * input.people.onlineShare);
  const idle = idleLoad(input, online);
  const second = (total: number) => (seconds === 0 ? 0 : total / seconds);
  const coordinatorCores = second(spent.coordinatorSeconds) + idle.cost.coordinator;
  const durations = records.map(({ openedAt, committedAt }) => committedAt - openedAt);
  return {
    rounds,
    roundsPerHour: second(rounds) * 3600,
    roundSeconds: {
      p50: quantile(durations, 0.5),
      p90: quantile(durations, 0.9),
      p99: quantile(durations, 0.99),
    },
    contributionsPerRound: per(sum(records.map(({ contributions }) => contributions))),
    meanStaleness: per(sum(records.map(({ staleness }) => staleness))),
    droppedOutShare: tally.asked === 0 ? 0 : tally.droppedOut / tally.asked,
    wastedTrainingShare: tally.trainedSeconds === 0 ? 0 : tally.wastedSeconds / tally.trainedSeconds,
    retries: tally.retries,
    megabytesUpPerRound: per(spent.megabytesUp),
    megabytesDownPerRound: per(spent.megabytesDown),
    coordinatorSecondsPerRound: per(spent.coordinatorSeconds),
    databaseSecondsPerRound: per(spent.databaseSeconds),
    rowsPerRound: per(spent.rows),
    megabytesWrittenPerRound: per(spent.megabytesWritten),
    online,
    idle: idle.load,
    coordinatorCores,
    databaseCores: second(spent.databaseSeconds) + idle.cost.database,
    diskShare: second(spent.megabytesWritten) / input.costs.diskMBPerSecond,
    coordinatorsNeeded: Math.max(
      1,
      Math.ceil(coordinatorCores / busyShare),
      Math.ceil(idle.load.socketMemoryMB / socketMemoryPerCoordinatorMB),
    ),
  };
}

function idleLoad({ costs }: SimulationInput, online: number) {
  const pollsPerSecond = online * costs.idle.pollsPerSecond;
  const load = {
    pollsPerSecond,
    presenceWritesPerSecond: online * costs.idle.presenceWritesPerSecond,
    megabitsPerSecond: (online * costs.idle.bytesPerSecond * 8) / 1e6,
    socketMemoryMB: (online * costs.idle.memoryKB) / 1024,
  };
  const { coordinator, database } = costs.poll;
  return { load, cost: { coordinator: pollsPerSecond * coordinator, database: pollsPerSecond * database } };
}

/** The value below which a share lies, by the nearest rank; 0 of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
