import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { marginOf, mergeAlike, pairsBetween, pairsWithoutBridges } from './average-linkage.ts';
import { type Likeness, likenessOf } from './likeness.ts';

/** From a full matrix; null: undefined. */
function likenessFrom(matrix: readonly (readonly (number | null)[])[]): Likeness {
  return likenessOf(matrix.length, (i, j) => matrix[i]![j] ?? Number.NaN);
}

const singles = (count: number) => Array.from({ length: count }, (_, member) => [member]);

test('the fewer pairs, the further above chance their mean has to be; of one or two beside many a little less', () => {
  assert.ok(marginOf({ sum: 0.21, count: 1 }, 2, [1, 1]) > 0);
  assert.ok(marginOf({ sum: 0.19, count: 1 }, 2, [1, 1]) < 0);
  assert.ok(marginOf({ sum: 100 * 0.06, count: 100 }, 2, [10, 10]) > 0);
  assert.ok(marginOf({ sum: 9 * 0.08, count: 9 }, 2, [1, 9]) > 0);
  assert.ok(marginOf({ sum: 9 * 0.08, count: 9 }, 2, [3, 3]) < 0);
  assert.equal(marginOf({ sum: 0, count: 0 }, 2, [1, 9]), Number.NEGATIVE_INFINITY);
});

test('blocks of alike members are found; what can’t be compared merges with nobody', () => {
  const block = (i: number) => (i < 2 ? 0 : i < 4 ? 1 : 2);
  const likeness = likenessOf(5, (i, j) =>
    block(i) === block(j) ? 0.4 : block(i) === 2 ? Number.NaN : -0.1,
  );
  const found = mergeAlike(singles(5), likeness, () => 2);
  assert.deepEqual(
    found.map((places) => places.toSorted()),
    [[0, 1], [2, 3], [4]],
  );
});

test('many weak pairs together are evidence that one is not', () => {
  const weak = likenessOf(6, () => 0.13);
  assert.equal(mergeAlike(singles(6), weak, () => 2).length, 6);
  assert.equal(
    mergeAlike(
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      weak,
      () => 2,
    ).length,
    1,
  );
});

/** As the method is written down, without any bookkeeping. */
function reference(count: number, likeness: Likeness): number[][] {
  const clusters = singles(count);
  for (;;) {
    let best = { margin: Number.NEGATIVE_INFINITY, i: -1, j: -1 };
    for (let i = 0; i < clusters.length; i += 1) {
      for (let j = 0; j < i; j += 1) {
        const sizes = [clusters[i]!.length, clusters[j]!.length] as const;
        const margin = marginOf(pairsBetween(likeness, clusters[i]!, clusters[j]!), 2, sizes);
        if (marginOf(pairsWithoutBridges(likeness, clusters[i]!, clusters[j]!), 1, sizes) < 0) continue;
        if (margin > best.margin) best = { margin, i, j };
      }
    }
    if (!(best.margin >= 0)) return clusters;
    clusters[best.j] = [...clusters[best.j]!, ...clusters[best.i]!];
    clusters.splice(best.i, 1);
  }
}

const asSets = (clusters: readonly (readonly number[])[]) =>
  clusters.map((members) => members.toSorted((a, b) => a - b).join()).toSorted();

test('the bookkeeping merges what the plain method merges', () => {
  const size = fc.integer({ min: 2, max: 9 });
  const matrix = size.chain((n) =>
    fc.array(
      fc.array(fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { freq: 6 }), {
        minLength: n,
        maxLength: n,
      }),
      {
        minLength: n,
        maxLength: n,
      },
    ),
  );
  fc.assert(
    fc.property(matrix, (values) => {
      const likeness = likenessFrom(values);
      assert.deepEqual(
        asSets(mergeAlike(singles(values.length), likeness, () => 2)),
        asSets(reference(values.length, likeness)),
      );
    }),
    { numRuns: 100 },
  );
});

test('what two clusters have in common must not be one member of theirs', () => {
  const block = (i: number) => (i < 3 ? 0 : i < 6 ? 1 : 2);
  const bridged = likenessOf(7, (i, j) =>
    block(i) === block(j) ? 0.4 : block(i) === 2 || block(j) === 2 ? 0.5 : -0.02,
  );
  const found = mergeAlike(singles(7), bridged, () => 2);
  assert.deepEqual(
    asSets(found)
      .map((one) => one.replace(',6', ''))
      .toSorted(),
    ['0,1,2', '3,4,5'],
  );
  const both = pairsBetween(bridged, [0, 1, 2, 6], [3, 4, 5]);
  assert.ok(marginOf(both, 2, [4, 3]) > 0, 'the mean alone would merge them');
  assert.deepEqual(pairsWithoutBridges(bridged, [0, 1, 2, 6], [3, 4, 5]).count, 6);
  assert.deepEqual(pairsWithoutBridges(bridged, [0, 6], [3]).count, 2, 'of two none is left out');
});

test('the strictest of the parts’ pairs holds for what they become', () => {
  const likeness = likenessOf(3, () => 0.9);
  const strict = (a: number, b: number) => (a + b === 1 ? Number.POSITIVE_INFINITY : 2);
  const found = mergeAlike(singles(3), likeness, strict);
  assert.equal(found.length, 2);
  assert.ok(!found.some((places) => places.includes(0) && places.includes(1)));
});
