import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count, degreeFor, graphOf, reachedOf } from './graph.ts';

const hash = 'ab'.repeat(32);

test('up to 64 members everybody is everybody’s neighbour', () => {
  const { neighbours, threshold } = graphOf(5, hash);
  assert.deepEqual(neighbours[2], [0, 1, 3, 4]);
  assert.equal(threshold, 3);
  const thresholds = [3, 4, 6, 10, 64].map((members) => degreeFor(members).threshold);
  assert.deepEqual(thresholds, [2, 2, 4, 6, 42]); // with three all, of four one may drop out
});

test('no two sets can be signed by a threshold each while fewer than a third sign both', () => {
  for (let members = 3; members <= 64; members += 1) {
    const twice = 2 * (degreeFor(members).threshold + 1) - members;
    assert.ok(3 * twice > members, `${members} members`);
  }
});

test('above, each has the same number of neighbours, both ways, in an order that the roster gives', () => {
  const { neighbours } = graphOf(200, hash);
  const { degree } = degreeFor(200);
  neighbours.forEach((of, member) => {
    assert.equal(new Set(of).size, degree);
    assert.ok(!of.includes(member) && of.every((other) => neighbours[other]!.includes(member)));
  });
  assert.deepEqual(graphOf(200, hash).neighbours, neighbours);
  assert.notDeepEqual(graphOf(200, 'cd'.repeat(32)).neighbours, neighbours);
});

test('degrees and thresholds: with a fifth corrupted no share is given away in two sets, and three in ten may drop out', () => {
  const degrees = [65, 128, 250, 500, 1000].map((members) => {
    const { degree, threshold } = degreeFor(members);
    return [members, degree, threshold];
  });
  // of 128, all 25 who may be corrupted and all 38 who may drop out can be one member's neighbours: 2 (k - 38) > k + 25
  assert.deepEqual(degrees, [
    [65, 58, 36],
    [128, 102, 64],
    [250, 202, 127],
    [500, 388, 245],
    [1000, 684, 433],
  ]);
});

test('who has too few neighbours left falls out, and then those who counted on them', () => {
  const graph = {
    members: 5,
    threshold: 2,
    neighbours: [
      [1, 2],
      [0, 2],
      [0, 1, 3, 4],
      [2, 4],
      [3, 2],
    ],
  };
  assert.deepEqual(reachedOf(graph, [0, 1, 2, 3]), [0, 1, 2]);
  assert.deepEqual(reachedOf(graph, [0, 2, 3, 4]), [2, 3, 4]);
  assert.deepEqual(reachedOf(graph, [0, 3, 4]), []);
  assert.equal(count([1, 2, 3], new Set([2, 3, 4])), 2);
});
