// What an admin says of two clusters leaves the others, and those who wait to be placed, where they are said to be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClustersView } from '@colora/protocol/clusters/clusters';
import { type ClusterFlags, changeOf, isChange } from './cluster-change.ts';

const view: ClustersView = {
  mode: 'auto',
  clusters: [
    { cluster: 1, name: 'films', parent: null, members: ['ann', 'bob'] },
    { cluster: 2, name: null, parent: 1, members: ['cem'] },
    { cluster: 4, name: null, parent: null, members: ['dia', 'eve', 'fay'] },
  ],
  unplaced: ['gus'],
  waiting: null,
  proposal: null,
  matrix: null,
  history: [],
};

test('merge, split, off, fix, auto and names', () => {
  assert.deepEqual(changeOf({ merge: 'films, 2' }, view), {
    clusters: [
      ['ann', 'bob', 'cem', 'gus'],
      ['dia', 'eve', 'fay'],
    ],
  });
  assert.deepEqual(changeOf({ split: '4:eve,fay' }, view), {
    clusters: [['dia', 'gus'], ['eve', 'fay'], ['ann', 'bob'], ['cem']],
  });
  assert.deepEqual(changeOf({ off: true }, view), {
    clusters: [['ann', 'bob', 'cem', 'dia', 'eve', 'fay', 'gus']],
  });
  assert.deepEqual(changeOf({ fix: true, name: '2=books' }, view), {
    mode: 'fixed',
    names: [{ cluster: 2, name: 'books' }],
  });
  assert.deepEqual(changeOf({ auto: true }, view), { mode: 'auto' });
  assert.deepEqual(changeOf({ name: 'films=' }, view), { names: [{ cluster: 1, name: null }] });
});

test('what is not there, or says nothing, is told by its flag', () => {
  const refused: [ClusterFlags, RegExp][] = [
    [{ merge: '1,9' }, /--merge: there is no cluster 9; there are films, 2, 4/],
    [{ merge: '1' }, /--merge: name two/],
    [{ split: '1' }, /--split: write it as/],
    [{ split: '1:cem' }, /--split: cem is not in cluster 1/],
    [{ split: '1:ann,bob' }, /--split: leave somebody/],
    [{ name: 'x' }, /--name: write it as/],
    [{ fix: true, auto: true }, /one of --fix/],
  ];
  for (const [flags, message] of refused) assert.throws(() => changeOf(flags, view), message);
  assert.equal(isChange({}), false);
  assert.equal(isChange({ name: '1=x' }), true);
});
