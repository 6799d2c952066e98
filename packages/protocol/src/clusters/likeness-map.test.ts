// What is drawn of the members' likeness: by cluster, whatever the order of names, and no more than a page holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { likenessMap } from './likeness-map.ts';

const view = {
  clusters: [
    { cluster: 1, name: 'films', parent: null, members: ['ann', 'cem'] },
    { cluster: 3, name: null, parent: 1, members: ['bob'] },
  ],
  unplaced: ['dia'],
};
const matrix = {
  participants: ['ann', 'bob', 'cem', 'dia'],
  values: [
    [1, -0.5, 0.8, null],
    [-0.5, 1, -0.3, null],
    [0.8, -0.3, 1, 0.25],
    [null, null, 0.25, 1],
  ],
};

test('members of a cluster stand side by side, those who are in none at the end', () => {
  const { of, names, values, starts } = likenessMap(view, matrix, 4);
  assert.deepEqual([of, names, [...starts]], ['members', ['ann', 'cem', 'bob', 'dia'], [2, 3]]);
  assert.deepEqual(values, [
    [1, 0.8, -0.5, null],
    [0.8, 1, -0.3, 0.25],
    [-0.5, -0.3, 1, null],
    [null, 0.25, null, 1],
  ]);
});

test('of more than are shown: means over pairs of two members, of whom one alone has none', () => {
  const { of, names, values, starts } = likenessMap(view, matrix, 3);
  assert.deepEqual([of, names, [...starts]], ['clusters', ['1 films', '3', 'not placed'], []]);
  assert.deepEqual(values, [
    [0.8, -0.4, 0.25],
    [-0.4, null, null],
    [0.25, null, null],
  ]);
});

test('who left since the matrix was made is passed over', () => {
  const gone = { ...view, unplaced: ['dia', 'eve'] };
  assert.deepEqual(likenessMap(gone, matrix, 4).names, ['ann', 'cem', 'bob', 'dia']);
});
