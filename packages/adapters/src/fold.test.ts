// Folding against the formulas of the layouts written out by hand, on random tensors and settings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Layout } from '@colora/protocol/task-settings';
import fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { fold } from './fold.ts';
import { type AdapterSettings, layouts, type Owner, type Role } from './layouts.ts';
import { matrixOf, randomTensors, relativeDifference, toMatrix } from './testing-matrices.ts';

type Lookup = (owner: Owner, role: Role) => Matrix;

const formulas: Record<Layout, (of: Lookup, c: number, c2: number) => Matrix> = {
  core: (of, c) => of('shared', 'B').mmul(of('personal', 'S')).mmul(of('shared', 'A')).mul(c),
  dual: (of, c, c2) =>
    Matrix.add(
      of('shared', 'B').mmul(of('shared', 'A')).mul(c),
      of('personal', 'B').mmul(of('personal', 'A')).mul(c2),
    ),
  global: (of, c) => of('shared', 'B').mmul(of('shared', 'A')).mul(c),
  alone: (of, c) => of('personal', 'B').mmul(of('personal', 'A')).mul(c),
  'share-a': (of, c) => of('personal', 'B').mmul(of('shared', 'A')).mul(c),
  'frozen-a': (of, c) => of('shared', 'B').mmul(of('frozen', 'A')).mul(c),
};

const size = fc.integer({ min: 1, max: 9 });
const alphas = fc.double({ min: 0.01, max: 64, noNaN: true });
const cases = fc.record({
  settings: fc.record({
    layout: fc.constantFrom(...(Object.keys(layouts) as Layout[])),
    rank: size,
    alpha: alphas,
    personalRank: size,
    personalAlpha: alphas,
    targets: fc.constant(['fc']),
  }),
  modules: fc
    .array(fc.record({ out: size, in: size }), { minLength: 1, maxLength: 3 })
    .map((dims) => dims.map((dim, i) => ({ name: `layers.${i}.fc`, ...dim }))),
  seed: fc.nat(),
});

test('B A equals the sum of the paths, for every layout', () => {
  fc.assert(
    fc.property(cases, ({ settings, modules, seed }) => {
      const tensors = randomTensors(settings, modules, seed);
      const folded = fold(settings, modules, tensors);
      assert.deepEqual(
        [...folded.keys()],
        modules.map((module) => module.name),
      );
      for (const module of modules) {
        const of: Lookup = (owner, role) => matrixOf(tensors, `${module.name}.${owner}.${role}`);
        const c = settings.alpha / settings.rank;
        const c2 = settings.personalAlpha / settings.personalRank;
        const expected = formulas[settings.layout](of, c, c2);
        const { A, B } = folded.get(module.name)!;
        const rank = settings.rank + (settings.layout === 'dual' ? settings.personalRank : 0);
        assert.deepEqual(
          [A.shape, B.shape],
          [
            [rank, module.in],
            [module.out, rank],
          ],
        );
        const difference = relativeDifference(toMatrix(B).mmul(toMatrix(A)), expected);
        assert.ok(difference < 1e-4, `${settings.layout}: ${difference}`);
      }
    }),
    { numRuns: 300 },
  );
});

const settings: AdapterSettings = { layout: 'core', rank: 2, alpha: 2, targets: ['fc'] };
const modules = [{ name: 'fc', out: 4, in: 3 }];

test('a missing or misshapen tensor is named', () => {
  const tensors = randomTensors(settings, modules, 1);
  tensors.delete('fc.personal.S');
  assert.throws(() => fold(settings, modules, tensors), {
    code: 'missing-tensor',
    message: /fc\.personal\.S/,
  });
  tensors.set('fc.personal.S', { shape: [4], data: new Float32Array(4) });
  assert.throws(() => fold(settings, modules, tensors), {
    code: 'wrong-shape',
    message: 'tensor fc.personal.S has shape [4], expected [2, 2]',
  });
});

test('folding leaves the tensors as they were and ignores others', () => {
  const tensors = randomTensors(settings, modules, 1);
  const before = structuredClone(tensors);
  const folded = fold(settings, modules, tensors);
  assert.deepEqual(tensors, before);
  tensors.set('head/good', { shape: [1], data: new Float32Array(1) });
  assert.deepEqual(fold(settings, modules, tensors), folded);
  assert.equal(fold(settings, [], tensors).size, 0);
});
