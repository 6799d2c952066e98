// Members find those who are like them, and nobody who has a cluster is moved by chance.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@colora/tensors/random';
import fc from 'fast-check';
import { type Likeness, likenessOf, measureLikeness, type Probe } from './likeness.ts';
import { nearestCluster, regroup } from './regroup.ts';

const newcomers = (count: number): null[] => Array.from({ length: count }, () => null);

/** Members of `kinds`, alike within a kind and strangers elsewhere, as their probes would be. */
async function membersOf(kinds: readonly number[], seed: number, liars = 0): Promise<Likeness> {
  const random = seededRandom(`kinds/${seed}`);
  const vector = () => Float32Array.from({ length: 129 }, () => random.gaussian());
  const labels = ['a', 'b', 'c', 'd'];
  const rows = () => new Map(labels.map((label) => [label, vector()]));
  const means = new Map([...new Set(kinds)].map((kind) => [kind, rows()]));
  const probes = kinds.map((kind): Probe => {
    const own = rows();
    const mean = (label: string) => means.get(kind)!.get(label)!;
    return new Map(labels.map((label) => [label, mean(label).map((x, i) => x + 0.8 * own.get(label)![i]!)]));
  });
  return measureLikeness([...probes, ...Array.from({ length: liars }, () => between(means, labels))]);
}

/** A probe made to be as much like the first kind as like the second: each cluster's rows can be read in a checkpoint. */
function between(means: ReadonlyMap<number, Probe>, labels: readonly string[]): Probe {
  const of = (kind: number, label: string) => means.get(kind)!.get(label)!;
  return new Map(labels.map((label) => [label, of(0, label).map((x, i) => x + of(1, label)[i]!)]));
}

test('newcomers: kinds become clusters, an outlier stays by itself', async () => {
  const likeness = await membersOf([0, 1, 0, 1, 0, 2], 1);
  assert.deepEqual(regroup(newcomers(6), likeness), [
    { cluster: null, parent: null, members: [0, 2, 4] },
    { cluster: null, parent: null, members: [1, 3] },
    { cluster: null, parent: null, members: [5] },
  ]);
});

test('who comes later joins the cluster of its kind, and the others stay what they are', async () => {
  const likeness = await membersOf([0, 1, 0, 1, 1, 2], 2);
  assert.deepEqual(regroup([4, 7, 4, 7, null, null], likeness), [
    { cluster: 4, parent: null, members: [0, 2] },
    { cluster: 7, parent: null, members: [1, 3, 4] },
    { cluster: null, parent: null, members: [5] },
  ]);
});

test('a cluster of two kinds is split: the larger part keeps its number, the other comes from it', async () => {
  const likeness = await membersOf([0, 1, 0, 1, 0], 3);
  const opposite = likenessOf(5, (i, j) => (likeness.between(i, j) > 0.3 ? 0.5 : -0.5));
  assert.deepEqual(regroup([2, 2, 2, 2, 2], opposite), [
    { cluster: 2, parent: null, members: [0, 2, 4] },
    { cluster: null, parent: 2, members: [1, 3] },
  ]);
});

test('who leaves a cluster for another one is in that one', () => {
  const kind = [0, 0, 0, 1, 1, 1];
  const likeness = likenessOf(6, (i, j) => (kind[i] === kind[j] ? 0.6 : -0.3));
  assert.deepEqual(regroup([1, 1, 2, 2, 2, 2], likeness), [
    { cluster: 1, parent: null, members: [0, 1, 2] },
    { cluster: 2, parent: null, members: [3, 4, 5] },
  ]);
});

test('what chance could have made moves nobody: neither a weak bond nor a weak doubt', () => {
  const doubtful = likenessOf(4, () => 0.06); // newcomers wouldn't merge so, members don't part
  assert.deepEqual(regroup([1, 1, 1, 1], doubtful), [{ cluster: 1, parent: null, members: [0, 1, 2, 3] }]);
  assert.equal(regroup(newcomers(4), doubtful).length, 4);
  const bond = likenessOf(2, () => 0.24);
  assert.equal(regroup([1, 2], bond).length, 2);
  assert.equal(regroup([1, null], bond).length, 1);
});

test('two, three or four members need less to find each other than five: they have nobody else', () => {
  const clusters = (count: number, cosine: number) =>
    regroup(
      newcomers(count),
      likenessOf(count, (i, j) => (i < 2 && j < 2 ? cosine : -0.2)),
    ).length;
  assert.deepEqual([clusters(2, 0.04), clusters(2, 0.03)], [1, 2]);
  assert.deepEqual([clusters(3, 0.1), clusters(3, 0.09)], [2, 3]);
  assert.deepEqual([clusters(4, 0.15), clusters(4, 0.14)], [3, 4]);
  assert.deepEqual([clusters(5, 0.21), clusters(5, 0.19)], [4, 5]);
  assert.equal(nearestCluster(new Map([[1, [0.14]]])), 1);
  assert.equal(
    nearestCluster(
      new Map([
        [1, [0.14]],
        [2, [0, 0, -0.1]],
      ]),
    ),
    null,
  );
});

test('settled: standing clusters neither part nor merge, newcomers still choose', () => {
  const kind = [0, 1, 0, 1, 1];
  const likeness = likenessOf(5, (i, j) => (kind[i] === kind[j] ? 0.9 : -0.9));
  assert.deepEqual(
    regroup([1, 1, 2, 2, null], likeness, { settled: true }).map(({ cluster }) => cluster),
    [1, 2, null],
  );
  const alike = likenessOf(3, () => 0.9);
  assert.deepEqual(regroup([1, 2, null], alike, { settled: true }), [
    { cluster: 1, parent: null, members: [0, 2] },
    { cluster: 2, parent: null, members: [1] },
  ]);
});

const someCosine = fc.option(fc.double({ min: -1, max: 1, noNaN: true }), { freq: 8 });
const group = fc.integer({ min: 1, max: 8 }).chain((n) =>
  fc.record({
    clusterOf: fc.array(fc.option(fc.integer({ min: 1, max: 3 })), { minLength: n, maxLength: n }),
    matrix: fc.array(fc.array(someCosine, { minLength: n, maxLength: n }), { minLength: n, maxLength: n }),
    settled: fc.boolean(),
  }),
);

test('whatever the cosines: every member is in one cluster, numbers stay unique, and another look changes nothing more', () => {
  fc.assert(
    fc.property(group, ({ clusterOf, matrix, settled }) => {
      const likeness = likenessOf(clusterOf.length, (i, j) => matrix[i]![j] ?? Number.NaN);
      const found = regroup(clusterOf, likeness, { settled });
      assert.deepEqual(
        found.flatMap(({ members }) => members).toSorted((a, b) => a - b),
        [...clusterOf.keys()],
      );
      const numbers = found.flatMap(({ cluster }) => cluster ?? []);
      assert.equal(new Set(numbers).size, numbers.length);
      for (const { cluster, parent, members } of found) {
        assert.ok(cluster === null || members.some((member) => clusterOf[member] === cluster));
        assert.ok(parent === null || members.some((member) => clusterOf[member] === parent));
        if (settled)
          for (const member of members)
            assert.ok(clusterOf[member] === null || clusterOf[member] === cluster);
      }
      assert.deepEqual(regroup(clusterOf, likeness, { settled }), found);
    }),
    { numRuns: 100 },
  );
});

test('the nearest cluster of one who comes in a round: alike enough, or none; always: the best there is', () => {
  const cosines = new Map([
    [1, [0.05, 0.02, Number.NaN]],
    [2, [0.3, 0.25]],
    [3, []],
  ]);
  assert.equal(nearestCluster(cosines), 2);
  cosines.delete(2);
  assert.equal(nearestCluster(cosines), null);
  assert.equal(nearestCluster(cosines, { always: true }), 1);
  assert.equal(nearestCluster(new Map([[5, []]]), { always: true }), 5);
  assert.equal(nearestCluster(new Map()), null);
});

test('strangers are seldom taken for alike, alike ones seldom parted: 40 groups of 12', async () => {
  let [wrong, apart, strangers, pairs] = [0, 0, 0, 0];
  for (let seed = 0; seed < 40; seed += 1) {
    const kinds = Array.from({ length: 12 }, (_, i) => i % 3);
    const likeness = await membersOf(kinds, 100 + seed);
    const found = regroup(newcomers(12), likeness);
    const clusterOf = kinds.map((_, member) => found.findIndex(({ members }) => members.includes(member)));
    for (let i = 0; i < 12; i += 1) {
      for (let j = 0; j < i; j += 1) {
        if (kinds[i] === kinds[j]) {
          pairs += 1;
          if (clusterOf[i] !== clusterOf[j]) apart += 1;
        } else {
          strangers += 1;
          if (clusterOf[i] === clusterOf[j]) wrong += 1;
        }
      }
    }
  }
  assert.ok(apart / pairs < 0.02, `${apart} of ${pairs} alike pairs parted`);
  assert.ok(wrong / strangers < 0.05, `${wrong} of ${strangers} strangers merged`);
});

test('who stands between two clusters by a probe made for it merges them not, nor do a few together: 20 groups of each kind', async () => {
  for (const [size, liars] of [
    [2, 1],
    [3, 1],
    [6, 1],
    [6, 2],
    [12, 3],
  ] as const) {
    for (let seed = 0; seed < 20; seed += 1) {
      const kinds = Array.from({ length: 2 * size }, (_, i) => i % 2);
      const likeness = await membersOf(kinds, 300 + seed, liars);
      for (const standing of [kinds.map((kind) => kind + 1), newcomers(2 * size)]) {
        const found = regroup([...standing, ...newcomers(liars)], likeness);
        const clusterOf = (member: number) => found.findIndex(({ members }) => members.includes(member));
        for (const member of kinds.keys())
          assert.equal(clusterOf(member) === clusterOf(0), member % 2 === 0, `${size}, ${liars}, ${seed}`);
      }
    }
  }
});
