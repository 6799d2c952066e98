// Fits and likelihoods against numbers of the same formulas in numpy (Adam with bias correction, mean cross-entropy).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { initialHead } from '@colora/adapters/head';
import { type FeatureTable, fitHead, logProbabilities } from './head-fit.ts';

function close(found: ArrayLike<number>, wanted: readonly number[]): void {
  for (const [k, value] of wanted.entries())
    assert.ok(Math.abs(found[k]! - value) < 2e-6, `${found[k]} is not ${value}`);
}

const table: FeatureTable = {
  features: Float32Array.from(
    { length: 7 * 5 },
    (_, at) => 3 * Math.sin(1 + 3 * Math.floor(at / 5) + 7 * (at % 5)),
  ),
  size: 5,
  labels: [0, 1, 2, 0, 1, 2, 0],
};
const zeroRows = initialHead(['head/a', 'head/b', 'head/c'], 5);

test('64 full-batch steps from zero give the reference’s rows, and its likelihoods of an example left out', () => {
  const rows = fitHead(table, [0, 1, 3, 4, 5, 6], zeroRows, { steps: 64, rate: 3e-3, scale: 0.1 });
  close(
    rows.get('head/a')!.data,
    [0.1817442, 0.1810948, 0.18065353, 0.17940632, -0.182479, 0.1910498659666527],
  );
  close(logProbabilities(table, 2, rows, 0.1), [-0.92176348, -1.148432, -1.25509252]);
});

test('without examples, and with zeros, nothing is claimed: rows stay, every label is as likely', () => {
  const rows = fitHead(table, [], zeroRows, { steps: 64, rate: 3e-3, scale: 0.1 });
  assert.deepEqual(rows, zeroRows);
  close(logProbabilities(table, 0, rows, 0.1), [-Math.log(3), -Math.log(3), -Math.log(3)]);
});

test('scores of any size stay finite', () => {
  const [name, row] = [...zeroRows][0]!;
  const huge = new Map([...zeroRows, [name, { ...row, data: row.data.map(() => 1e6) }]]);
  assert.ok(logProbabilities(table, 0, huge, 1).every((value) => Number.isFinite(value) || value < 0));
});
