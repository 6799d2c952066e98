// The simulation against arithmetic that can be done by hand, and what must hold for any.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roundsSchema } from '@colora/protocol/rounds-settings';
import { type CoordinatorCosts, measuredCosts } from './measured-costs.ts';
import { defaultPeople, type PeopleModel, personOf } from './people.ts';
import { createStation } from './service.ts';
import { simulateBuffered } from './simulate-buffered.ts';
import { simulateSynchronous } from './simulate-synchronous.ts';
import type { SimulationInput } from './simulation.ts';
import { quantile, summarise } from './summary.ts';

const nothing = { coordinator: 0, database: 0 };
const freeCosts: CoordinatorCosts = {
  ...measuredCosts,
  contribution: { each: { coordinator: 0.5, database: 0 }, perMB: nothing },
  download: { each: nothing, perMB: nothing },
  close: { each: { coordinator: 2, database: 0 }, perMB: nothing },
  draw: nothing,
  diskMBPerSecond: 1e9,
};
/** All alike, always there, and 10 s from checkpoint to contribution; a MB takes a second each way. */
const steady: PeopleModel = {
  ...defaultPeople,
  measured: [{ trainingSeconds: 10, upMbps: 8, downMbps: 8 }],
  ...{ jitter: 0, onlineShare: 1, sessionMinutes: 1e9, dropout: 0 },
};

function inputOf(rounds: object, more: Partial<SimulationInput> = {}): SimulationInput {
  return {
    ...{ seed: 1, participants: 100, people: steady, megabytes: 1, checkpointMB: 1, costs: freeCosts },
    service: { coordinators: 1, databaseCores: 1, lineMbps: 1e9 },
    rounds: roundsSchema.parse({ count: 5, participants: 10, ...rounds }),
    ...more,
  };
}

test('a synchronous round is download, training, upload, ten contributions one after the other, and the close', () => {
  const { records, tally, spent } = simulateSynchronous(inputOf({ cohort: { count: 10 } }));
  const durations = records.map(
    ({ openedAt, committedAt }) => Math.round((committedAt - openedAt) * 1e6) / 1e6,
  );
  assert.deepEqual(durations, [19, 19, 19, 19, 19]); // 1 + 10 + 1 + 10 x 0.5 + 2
  assert.deepEqual(
    records.map(({ contributions }) => contributions),
    [10, 10, 10, 10, 10],
  );
  assert.equal(tally.asked, 50);
  assert.equal(spent.coordinatorSeconds, 5 * (10 * 0.5 + 2));
  assert.equal(spent.megabytesUp, 50);
});

test('two coordinators store twice as fast', () => {
  const service = { coordinators: 2, databaseCores: 1, lineMbps: 1e9 };
  const { records } = simulateSynchronous(inputOf({ cohort: { count: 10 } }, { service }));
  assert.equal(Math.round((records[0]!.committedAt - records[0]!.openedAt) * 1e6) / 1e6, 16.5);
});

test('everybody asked is counted, late or gone; nobody twice', () => {
  const people = { ...defaultPeople, dropout: 0.2, sessionMinutes: 5 };
  const rounds = { cohort: { count: 50 }, participants: 50, overSelection: 1.5, quorum: 10 };
  const { records, tally } = simulateSynchronous(inputOf(rounds, { people, participants: 5000 }));
  const counted = records.reduce((sum, { contributions }) => sum + contributions, 0);
  assert.equal(tally.asked, counted + tally.late + tally.droppedOut + tally.idle);
  assert.ok(tally.droppedOut > 0.1 * tally.asked && tally.late > 0);
});

test('who is busy with an earlier round begins when that is done', () => {
  const people = { ...steady, measured: [], trainingSeconds: { median: 10, sigma: 1 } };
  const seconds = (participants: number) => {
    const { records } = simulateSynchronous(
      inputOf({ cohort: { count: 10 }, overSelection: 1.3, count: 40 }, { people, participants }),
    );
    return records.at(-1)!.committedAt;
  };
  assert.ok(seconds(20) > 1.2 * seconds(20_000), `${seconds(20)}, ${seconds(20_000)}`);
});

test('at the deadline the quorum is enough; without it the round is tried again, then given up', () => {
  const people = { ...steady, measured: [], trainingSeconds: { median: 100, sigma: 1 } };
  const rounds = { cohort: { count: 10 }, deadlineSeconds: 100, count: 1 };
  const some = simulateSynchronous(inputOf({ ...rounds, quorum: 1 }, { people }));
  assert.ok(some.records[0]!.contributions < 10 && some.tally.retries === 0);
  assert.equal(Math.round(some.records[0]!.closedAt), 100);
  const none = simulateSynchronous(
    inputOf({ ...rounds, quorum: 10, retries: 1 }, { people: { ...people, dropout: 0.999 } }),
  );
  assert.deepEqual([none.records.length, none.tally.retries], [0, 1]);
});

test('a buffered round closes after its arrivals, and staleness is bounded', () => {
  const people = { ...steady, measured: [], trainingSeconds: { median: 10, sigma: 1 } };
  const rounds = { mode: 'buffered', bufferSize: 10, maxStaleness: 3, count: 50 };
  const costs = {
    ...freeCosts,
    contribution: { each: nothing, perMB: nothing },
    close: freeCosts.contribution,
  };
  const { records, tally } = simulateBuffered(inputOf(rounds, { people, costs }));
  assert.equal(records.length, 50);
  assert.ok(records.every(({ contributions, staleness }) => contributions >= 10 && staleness <= 3));
  assert.ok(records.some(({ staleness }) => staleness > 0) && tally.stale > 0);
  const synchronous = simulateSynchronous(inputOf({ cohort: { count: 10 }, count: 50 }, { people, costs }));
  assert.ok(records.at(-1)!.committedAt < synchronous.records.at(-1)!.committedAt / 3);
});

test('the same seed gives the same people and rounds, another gives others', () => {
  const run = (seed: number) =>
    simulateBuffered(
      inputOf(
        { mode: 'buffered', bufferSize: 5, maxStaleness: 9 },
        { people: defaultPeople, seed, participants: 500 },
      ),
    );
  assert.deepEqual(run(3), run(3));
  assert.notDeepEqual(run(3), run(4));
  assert.deepEqual(personOf(defaultPeople, 1, 7), personOf(defaultPeople, 1, 7));
});

test('a summary adds the load of those who are idle', () => {
  const input = inputOf({ cohort: { count: 10 } }, { participants: 100_000 });
  const summary = summarise(input, simulateSynchronous(input));
  assert.equal(Math.round(summary.roundsPerHour), Math.round(3600 / 19));
  assert.equal(summary.idle.pollsPerSecond, 100_000 * measuredCosts.idle.pollsPerSecond);
  const polling = summary.idle.pollsPerSecond * measuredCosts.poll.coordinator;
  assert.equal(summary.coordinatorCores.toFixed(6), (7 / 19 + polling).toFixed(6));
  assert.ok(summary.coordinatorsNeeded >= (100_000 * measuredCosts.idle.memoryKB) / 1024 / 1024);
});

test('stations and quantiles', () => {
  const serve = createStation(2);
  assert.deepEqual([serve(0, 3), serve(0, 1), serve(0, 1), serve(10, 1)], [3, 1, 2, 11]);
  assert.deepEqual([quantile([4, 1, 3, 2], 0.5), quantile([4, 1, 3, 2], 0.99), quantile([], 0.5)], [2, 4, 0]);
});
