// Series become columns: one a round, null where a line has no point, a band only where a point is of several figures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf, readSeries } from './series.ts';

const point = (name: string, round: number, mean: number, count = 1) => ({
  ...{ name, round, through: round, count, mean },
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

test('pages are read to the end, and not for ever', async () => {
  const pages = [
    { items: [point('a', 1, 1)], next: 'x' },
    { items: [point('a', 2, 1)], next: null },
  ];
  assert.equal((await readSeries(async () => pages.shift()!)).length, 2);
  const many = Array.from({ length: 1000 }, (_, round) => point('a', round, 1));
  assert.equal((await readSeries(async () => ({ items: many, next: 'more' }))).length, 10_000);
});
