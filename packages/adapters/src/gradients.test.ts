// The derivatives of the function that fold.ts computes, by finite differences, against the chain rule over
// modulePaths and against the formulas of `core` in the design. Training differentiates by itself; what is
// checked here is that names, order and scales of the paths say the same function.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Layout } from '@colora/protocol/task-settings';
import { seededRandom } from '@colora/tensors/random';
import type { Tensor } from '@colora/tensors/tensor';
import { Matrix } from 'ml-matrix';
import { adapterTensors } from './adapter-tensors.ts';
import { fold } from './fold.ts';
import { type AdapterSettings, layouts } from './layouts.ts';
import { modulePaths } from './paths.ts';
import { matrixOf, randomTensors, relativeDifference, toMatrix } from './testing-matrices.ts';

const module = { name: 'fc', out: 5, in: 4 };

function settingsOf(layout: Layout): AdapterSettings {
  return { layout, rank: 2, alpha: 3, personalRank: 3, personalAlpha: 2, targets: ['fc'] };
}

function randomMatrix(rows: number, columns: number, seed: number): Matrix {
  const random = seededRandom(seed);
  return Matrix.from1DArray(
    rows,
    columns,
    Array.from({ length: rows * columns }, () => random.gaussian()),
  );
}

/** loss = 1/2 |delta - target|^2, so dloss/dW = delta - target. */
function slope(settings: AdapterSettings, tensors: Map<string, Tensor>, target: Matrix): Matrix {
  const { A, B } = fold(settings, [module], tensors).get(module.name)!;
  return toMatrix(B).mmul(toMatrix(A)).sub(target);
}

/** Central differences. The loss is quadratic in any one entry, so they are exact at any step: a large one keeps f32 out. */
function finiteDifferences(
  settings: AdapterSettings,
  tensors: Map<string, Tensor>,
  target: Matrix,
  name: string,
): Matrix {
  const { shape, data } = tensors.get(name)!;
  const loss = (index: number, step: number): number => {
    const moved = data.map((value, i) => (i === index ? value + step : value));
    return (
      slope(settings, new Map(tensors).set(name, { shape, data: moved }), target).norm('frobenius') ** 2 / 2
    );
  };
  const step = 0.5;
  const values = Array.from(data, (_, i) => (loss(i, step) - loss(i, -step)) / (2 * step));
  return Matrix.from1DArray(shape[0]!, shape[1]!, values);
}

/** dFk = scale (F1 .. Fk-1)^T G (Fk+1 .. Fn)^T. */
function chainRule(settings: AdapterSettings, tensors: Map<string, Tensor>, G: Matrix): Map<string, Matrix> {
  const gradients = new Map<string, Matrix>();
  for (const { scale, factors } of modulePaths(settings, module.name)) {
    const chain = factors.map((name) => matrixOf(tensors, name));
    factors.forEach((name, k) => {
      const left = chain
        .slice(0, k)
        .reduce((product, factor) => product.mmul(factor), Matrix.eye(module.out));
      const right = chain
        .slice(k + 1)
        .reduceRight((product, factor) => factor.mmul(product), Matrix.eye(module.in));
      gradients.set(name, left.transpose().mmul(G).mmul(right.transpose()).mul(scale));
    });
  }
  return gradients;
}

for (const layout of Object.keys(layouts) as Layout[]) {
  test(`${layout}: chain rule equals finite differences`, () => {
    const settings = settingsOf(layout);
    const tensors = randomTensors(settings, [module], 1);
    const target = randomMatrix(module.out, module.in, 2);
    const gradients = chainRule(settings, tensors, slope(settings, tensors, target));
    assert.deepEqual(
      [...gradients.keys()].sort(),
      adapterTensors(settings, [module])
        .map(({ name }) => name)
        .sort(),
    );
    for (const [name, gradient] of gradients) {
      const difference = relativeDifference(gradient, finiteDifferences(settings, tensors, target, name));
      assert.ok(difference < 1e-5, `${name}: ${difference}`);
    }
  });
}

test('core: the formulas of the design, several participants on one shared pair', () => {
  const settings = settingsOf('core');
  const c = settings.alpha / settings.rank;
  const shared = randomTensors(settings, [module], 3);
  const people = [0.5, 0.3, 0.2].map((weight, i) => ({
    weight,
    tensors: new Map([
      ...shared,
      ['fc.personal.S', randomTensors(settings, [module], 10 + i).get('fc.personal.S')!],
    ]) as Map<string, Tensor>,
    target: randomMatrix(module.out, module.in, 20 + i),
  }));
  const A = matrixOf(shared, 'fc.shared.A');
  const B = matrixOf(shared, 'fc.shared.B');
  const dA = Matrix.zeros(A.rows, A.columns);
  const dB = Matrix.zeros(B.rows, B.columns);
  const expectedA = Matrix.zeros(A.rows, A.columns);
  const expectedB = Matrix.zeros(B.rows, B.columns);
  for (const { weight, tensors, target } of people) {
    const S = matrixOf(tensors, 'fc.personal.S');
    const G = slope(settings, tensors, target);
    const dS = B.transpose().mmul(G).mmul(A.transpose()).mul(c);
    assert.ok(relativeDifference(dS, finiteDifferences(settings, tensors, target, 'fc.personal.S')) < 1e-5);
    dB.add(
      G.mmul(A.transpose())
        .mmul(S.transpose())
        .mul(c * weight),
    );
    dA.add(
      S.transpose()
        .mmul(B.transpose())
        .mmul(G)
        .mul(c * weight),
    );
    expectedB.add(finiteDifferences(settings, tensors, target, 'fc.shared.B').mul(weight));
    expectedA.add(finiteDifferences(settings, tensors, target, 'fc.shared.A').mul(weight));
  }
  assert.ok(relativeDifference(dB, expectedB) < 1e-5);
  assert.ok(relativeDifference(dA, expectedA) < 1e-5);
});
