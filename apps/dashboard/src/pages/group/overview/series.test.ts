// Series become columns: one a round, null where a line has no point, a band only where a point is of several figures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf, pointsOfMetrics, pointsOfRounds } from './series.ts';

const point = (name: string, round: number, mean: number, count = 1) => ({
  ...{ name, round, count, mean },
  ...{ least: mean - 0.1, most: mean + 0.1 },
});

test('lines share their rounds, and those without points are left out', () => {
  const points = [point('loss', 1, 3, 2), point('loss', 3, 1, 2), point('norm', 2, 5), point('other', 9, 9)];
  const { rounds, lines } = linesOf(points, [
    ['loss', 'held out'],
    ['norm', 'update'],
    ['none', 'none'],
  ]);
  assert.deepEqual(rounds, [1, 2, 3]);
  assert.deepEqual(lines, [
    { label: 'held out', values: [3, null, 1], low: [2.9, null, 0.9], high: [3.1, null, 1.1] },
    { label: 'update', values: [null, 5, null] },
  ]);
});

test('members’ figures of a round are one point, a round’s own one each', () => {
  const reported = [
    { name: 'accuracy', round: 1, value: 0.5 },
    { name: 'accuracy', round: 1, value: 1 },
    { name: 'accuracy', round: null, value: 0 },
  ];
  assert.deepEqual(pointsOfMetrics(reported), [
    { name: 'accuracy', round: 1, count: 2, mean: 0.75, least: 0.5, most: 1 },
  ]);
  assert.deepEqual(pointsOfRounds([{ number: 2, metrics: { updateNorm: 3 } }]), [
    { name: 'updateNorm', round: 2, count: 1, mean: 3, least: 3, most: 3 },
  ]);
});
