// Names and starts of classification heads under the three kinds of ownership.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headLabel, headTensorNames, initialHead } from './head.ts';

const labels = ['good', 'head/odd label', '2'];

test('one tensor a label, owned as the task group says', () => {
  const shared = ['head/good', 'head/head/odd label', 'head/2'];
  const personal = ['personal-head/good', 'personal-head/head/odd label', 'personal-head/2'];
  assert.deepEqual(headTensorNames('by-label', labels), { shared, personal: [] });
  assert.deepEqual(headTensorNames('personal', labels), { shared: [], personal });
  assert.deepEqual(headTensorNames('both', labels), { shared, personal });
});

test('a head tensor tells its label, another tensor none', () => {
  const { shared, personal } = headTensorNames('both', labels);
  assert.deepEqual(shared.map(headLabel), labels);
  assert.deepEqual(personal.map(headLabel), labels);
  assert.equal(headLabel('layers.0.head/fc.shared.A'), undefined);
});

test('heads start at zero: weights, then the bias', () => {
  const head = initialHead(['head/good', 'head/bad'], 3);
  assert.deepEqual([...head.keys()], ['head/good', 'head/bad']);
  for (const { shape, data } of head.values()) {
    assert.deepEqual(shape, [4]);
    assert.deepEqual([...data], [0, 0, 0, 0]);
  }
});
