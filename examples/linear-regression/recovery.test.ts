// The recovery claim on a small instance (d = 16, r = 2): together from far fewer observations than alone, and
// not below the threshold either. Errors near 1 mean that nothing was learnt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Matrix } from 'ml-matrix';
import { drawChart } from './chart.ts';
import { collaborate } from './collaborate.ts';
import { measure, type Plan, runPlan } from './experiment.ts';
import { weightOfTogether } from './guard.ts';
import { measureGuard } from './guard-experiment.ts';
import { ridge, timesColumns } from './least-squares.ts';
import { createProblem } from './problem.ts';

const small = { dimension: 16, rank: 2, noise: 0.05 };
const seeds = [1, 2, 3];

test('together, 8 participants recover from 24 observations each where one alone fails', () => {
  for (const seed of seeds) {
    const together = measure(small, 8, 24, seed);
    const alone = measure(small, 1, 24, seed);
    assert.ok(together < 0.1, `together ${together}`);
    assert.ok(alone > 0.5, `alone ${alone}`);
  }
});

test('alone recovers as well once it has several times more observations', () => {
  for (const seed of seeds) assert.ok(measure(small, 1, 128, seed) < 0.1);
});

test('below the threshold r^2 + 2dr/k collaboration fails too', () => {
  for (const seed of seeds) assert.ok(measure(small, 8, 8, seed) > 0.5);
});

test('guarded, the related keep what they gain together and strangers what they know alone', () => {
  const plan = { ...small, seeds: [1, 2], related: 8, strangers: 2, looked: 1 };
  const { related, stranger } = measureGuard({ ...plan, samples: [96] }, 96);
  assert.ok(
    related.together < related.alone && related.guarded < 1.05 * related.together,
    `${related.guarded}`,
  );
  assert.ok(stranger.together > 0.5 && stranger.guarded < 1.05 * stranger.alone, `${stranger.guarded}`);
  assert.ok(related.weight > 0.4 && stranger.weight < 0.1, `${related.weight}, ${stranger.weight}`);
});

test('the weight is one where the others’ spaces are one’s own, and none where nothing in them is', () => {
  const problem = createProblem({ ...small, seed: 9 });
  const everyone = Array.from({ length: 8 }, (_, i) => problem.observe(i, 48));
  const { shared } = collaborate(everyone.slice(1), { rank: 2, rounds: 30 });
  const settings = { rank: 2, iterations: 15 };
  assert.ok(weightOfTogether(everyone[0]!, shared, settings) > 0.9);
  const stranger = createProblem({ ...small, seed: 10 }).observe(0, 128);
  assert.ok(weightOfTogether(stranger, shared, settings) < 0.1);
});

test('a plan leaves out large cells and reports row by row', () => {
  const plan: Plan = {
    ...small,
    seeds: [1],
    participants: [4, 1],
    samples: [8, 16, 32],
    largest: { each: 16, all: 40 },
  };
  const rows: number[][] = [];
  const cells = runPlan(plan, (row) => rows.push(row.map((cell) => cell.samples)));
  assert.deepEqual(rows, [[8], [8, 16, 32]]);
  assert.equal(cells.length, 4);
});

test('more observations begin with the same ones', () => {
  const problem = createProblem({ ...small, seed: 5 });
  const [few, many] = [problem.observe(3, 4), problem.observe(3, 9)];
  assert.deepEqual(few.outputs, many.outputs.subarray(0, 4));
  assert.deepEqual(few.inputs, many.inputs.subarray(0, few.inputs.length));
  assert.ok(Math.abs(few.truth.norm('frobenius') - 1) < 1e-12);
});

test('ridge solves its normal equations, with more rows than columns and with fewer', () => {
  for (const [rows, columns] of [
    [7, 3],
    [3, 7],
    [5, 5],
  ] as const) {
    const P = Matrix.random(rows, columns, { random: sequence() });
    const y = Matrix.random(rows, 1, { random: sequence() });
    const { solution, residuals } = ridge(flat(P), flat(y), 0.3);
    const x = Matrix.columnVector(solution);
    const gradient = P.transpose().mmul(P.mmul(x).sub(y)).add(Matrix.mul(x, 0.3));
    assert.ok(gradient.norm('frobenius') < 1e-12);
    assert.ok(Matrix.columnVector(residuals).add(P.mmul(x)).sub(y).norm('frobenius') < 1e-12);
  }
});

test('thin products equal the plain ones for any rank', () => {
  for (const rank of [1, 3, 4, 6]) {
    const X = Matrix.random(9, 5, { random: sequence() });
    const factor = Matrix.random(5, rank, { random: sequence() });
    const product = Matrix.from1DArray(9, rank, timesColumns(Float32Array.from(X.to1DArray()), factor));
    assert.ok(product.sub(X.mmul(factor)).norm('frobenius') < 1e-5);
  }
});

test('the chart clamps values to its axes and escapes texts', () => {
  const settings = {
    title: 'a < b',
    subtitle: '',
    xLabel: 'x',
    yLabel: 'y',
    xTicks: [10, 1000],
    yTicks: [0.1, 1],
  };
  const points = [
    { x: 100, y: 5 },
    { x: 1000, y: 0.01 },
  ];
  const svg = drawChart(settings, [{ name: 'one', color: '#000', isDashed: false, points }]);
  assert.match(svg, /<title>a &lt; b<\/title>/);
  assert.match(svg, /<polyline points="330,70 590,400"/);
  assert.doesNotMatch(svg, /NaN|undefined/);
});

function flat(matrix: Matrix): Float64Array {
  return Float64Array.from(matrix.to1DArray());
}

/** Numbers in (0, 1) that are neither random nor collinear. */
function sequence(): () => number {
  let i = 0;
  return () => {
    i += 1;
    return (i * Math.SQRT2 * i) % 1;
  };
}
