// A member sees its own cluster's rows and sends to no others; what is its own of a row stays that when the row is copied.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Place } from '@colora/protocol/clusters/clusters';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import { clusterHeads, namedFor, nextOrder, seenBy, withCopiedRows } from './cluster-view.ts';

const map = (entries: Record<string, readonly number[]>): TensorMap =>
  new Map(Object.entries(entries).map(([name, values]) => [name, tensor([values.length], values)]));
const values = (tensors: TensorMap) =>
  Object.fromEntries([...tensors].map(([name, { data }]) => [name, [...data]]));
const checkpoint = map({
  'head/a': [0],
  'head/b': [1],
  'x.shared.A': [2],
  'head/1/a': [3],
  'head/1/b': [4],
  'head/2/a': [5],
});
const row = (label: string, start: string | null, version = 0) => ({ label, start, version });
const place = (cluster: number, rows: Place['rows']): Place => ({ cluster, name: null, rows });

test('its own rows stand under the labels’ names, the others’ are gone', () => {
  const seen = seenBy(place(1, [row('a', 'head/a'), row('b', 'head/b')]), checkpoint);
  assert.deepEqual(values(seen), { 'head/a': [3], 'head/b': [4], 'x.shared.A': [2] });
  assert.equal(seenBy(null, checkpoint), checkpoint);
});

test('a row that is promised is what it starts from: another cluster’s, the first ones, or zeros', () => {
  const rows = [row('a', 'head/1/a', 4), row('b', null, 4)];
  assert.deepEqual(values(seenBy(place(3, rows), checkpoint)), {
    'head/a': [3],
    'head/b': [0],
    'x.shared.A': [2],
  });
  assert.deepEqual(values(seenBy(place(2, [row('a', 'head/a')]), checkpoint)), {
    'head/a': [5],
    'head/b': [1],
    'x.shared.A': [2],
  });
});

test('a newcomer chooses among clusters that know a label of its own, the first rows standing for those they lack', () => {
  const heads = clusterHeads(checkpoint, ['a', 'b']);
  assert.deepEqual(
    [...heads].map(([cluster, head]) => [cluster, values(head)]),
    [
      [1, { 'head/a': [3], 'head/b': [4] }],
      [2, { 'head/a': [5], 'head/b': [1] }],
    ],
  );
  assert.deepEqual([...clusterHeads(checkpoint, ['b']).keys()], [1]);
  assert.equal(clusterHeads(checkpoint, ['c']).size, 0);
});

test('what it sends has its cluster’s names, in the order of the next checkpoint', () => {
  const rows = [row('b', 'head/1/b'), row('a', 'head/1/a')];
  const sent = namedFor(place(3, rows), map({ 'x.shared.A': [1], 'head/a': [1], 'head/b': [2] }));
  assert.deepEqual([...sent.keys()], ['x.shared.A', 'head/3/a', 'head/3/b']);
  assert.deepEqual(nextOrder(place(3, rows), checkpoint), [...checkpoint.keys(), 'head/3/b', 'head/3/a']);
  assert.deepEqual(nextOrder(null, checkpoint), [...checkpoint.keys()]);
});

test('an account is copied with the row, once, and only up to where the row began', () => {
  const account = map({ 'head/1/a': [7], 'x.shared.A': [1] });
  const rows = [row('a', 'head/1/a', 4), row('b', 'head/1/b', 4)];
  assert.deepEqual(withCopiedRows(account, place(3, rows), 3), account);
  const copied = withCopiedRows(account, place(3, rows), 4);
  assert.deepEqual(values(copied), { 'head/1/a': [7], 'x.shared.A': [1], 'head/3/a': [7] });
  const later = new Map([...copied, ...map({ 'head/1/a': [9] })]);
  assert.deepEqual(withCopiedRows(later, place(3, rows), 6), later);
});
