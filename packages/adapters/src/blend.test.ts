// A blend against the sum of its parts' deltas, written out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { blend } from './blend.ts';
import { type FoldedAdapter, fold } from './fold.ts';
import type { AdapterSettings } from './layouts.ts';
import { randomTensors, relativeDifference, toMatrix } from './testing-matrices.ts';

const small = fc.integer({ min: 1, max: 6 });
const deltaOf = ({ A, B }: FoldedAdapter) => toMatrix(B).mmul(toMatrix(A));

test('B A of a blend is the weighted sum of its parts, whatever their layouts and ranks', () => {
  const weights = fc.constantFrom(0, 0.25, 0.5, 1, -0.5);
  const cases = fc.record({
    out: small,
    in: small,
    ranks: fc.tuple(small, small),
    seed: fc.nat(),
    weights: fc.tuple(weights, weights),
  });
  fc.assert(
    fc.property(cases, ({ ranks, seed, weights: [first, second], ...dims }) => {
      const modules = [{ name: 'fc', ...dims }];
      const partOf = (layout: 'core' | 'alone', rank: number) => {
        const settings: AdapterSettings = { layout, rank, alpha: 2 * rank, targets: ['fc'] };
        return fold(settings, modules, randomTensors(settings, modules, seed));
      };
      const [core, alone] = [partOf('core', ranks[0]), partOf('alone', ranks[1])];
      const blended = blend([
        { folded: core, weight: first },
        { folded: alone, weight: second },
      ]);
      const expected = Matrix.add(deltaOf(core.get('fc')!).mul(first), deltaOf(alone.get('fc')!).mul(second));
      assert.ok(relativeDifference(deltaOf(blended.get('fc')!), expected) < 1e-5);
      const rank = blended.get('fc')!.A.shape[0]!;
      const sum = (first === 0 ? 0 : ranks[0]) + (second === 0 ? 0 : ranks[1]);
      assert.equal(rank, sum === 0 ? ranks[0] + ranks[1] : sum);
    }),
  );
});

test('a module that one part alone adapts is that part’s, weighted', () => {
  const settings: AdapterSettings = { layout: 'alone', rank: 2, alpha: 2, targets: ['fc'] };
  const modules = [{ name: 'fc', out: 3, in: 4 }];
  const folded = fold(settings, modules, randomTensors(settings, modules, 1));
  const blended = blend([
    { folded, weight: 0.5 },
    { folded: new Map(), weight: 0.5 },
  ]);
  const half = deltaOf(folded.get('fc')!).mul(0.5);
  assert.ok(relativeDifference(deltaOf(blended.get('fc')!), half) < 1e-6);
});
