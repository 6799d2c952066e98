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
      ['ann', 'bob', 'cem'],
      ['dia', 'eve', 'fay'],
    ],
  });
  assert.deepEqual(changeOf({ split: '4:eve,fay' }, view), {
    clusters: [['ann', 'bob'], ['cem'], ['dia'], ['eve', 'fay']],
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

test('a change comes on top of what waits, and keeps who was placed meanwhile with its own', () => {
  const waiting = [['cem'], ['bob'], ['dia', 'eve', 'ann']]; // fay came later
  const merged = { clusters: [['cem', 'bob', 'dia', 'eve', 'ann', 'fay']] };
  assert.deepEqual(changeOf({ merge: '1,2' }, { ...view, waiting: [['ann', 'bob'], ['cem'], ['dia']] }), {
    clusters: [
      ['ann', 'bob', 'cem'],
      ['dia', 'eve', 'fay'],
    ],
  });
  assert.deepEqual(changeOf({ merge: 'films,2' }, { ...view, waiting }), merged);
  assert.deepEqual(changeOf({ split: '4:eve,eve' }, { ...view, waiting }), {
    clusters: [['cem'], ['bob'], ['dia', 'ann', 'fay'], ['eve']],
  });
  const alone = { cluster: 5, name: null, parent: null, members: ['hal'] };
  assert.deepEqual(changeOf({ split: '1:bob' }, { ...view, waiting, clusters: [...view.clusters, alone] }), {
    clusters: [['cem'], ['dia', 'eve', 'ann', 'fay'], ['hal'], ['bob']],
  });
});

test('off before anybody is there is one cluster for all who come; a number is never a name', () => {
  assert.deepEqual(changeOf({ off: true }, { ...view, clusters: [], unplaced: [] }), { mode: 'fixed' });
  const [first, second, third] = view.clusters;
  const misnamed = [{ ...first!, name: '2' }, second!, third!];
  assert.deepEqual(changeOf({ name: '2=x' }, { ...view, clusters: misnamed }), {
    names: [{ cluster: 2, name: 'x' }],
  });
});

test('what is not there, or says nothing, is told by its flag', () => {
  const refused: [ClusterFlags, RegExp][] = [
    [{ merge: '1,9' }, /--merge: there is no cluster 9; there are films, 2, 4/],
    [{ merge: '1' }, /--merge: name two/],
    [{ split: '1' }, /--split: write it as/],
    [{ split: '1:' }, /--split: write it as/],
    [{ split: '1:cem' }, /--split: cem is not in cluster 1/],
    [{ split: '1:ann,bob' }, /--split: leave somebody/],
    [{ name: 'x' }, /--name: write it as/],
    [{ name: '1=a\u001bb' }, /--name: a cluster cannot be called so: use 1 to 63/],
    [{ fix: true, auto: true }, /one of --fix/],
  ];
  for (const [flags, message] of refused) assert.throws(() => changeOf(flags, view), message);
  const alone = (at: number) => ({ cluster: at + 1, name: null, parent: null, members: [`m-${at}`] });
  const many = { ...view, clusters: Array.from({ length: 200 }, (_, at) => alone(at)) };
  assert.throws(() => changeOf({ merge: '1,999' }, many), /999; there are 1, 2, .*, 20 and 180 more$/);
  assert.equal(isChange({}), false);
  assert.equal(isChange({ name: '1=x' }), true);
});
