import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TensorMap, tensor } from '@colora/tensors/tensor';
import { chooseServerOptimizer } from './choose-optimizer.ts';
import { scaffold } from './scaffold.ts';

const optimizer = chooseServerOptimizer({ optimizer: 'fedavgm', rate: 1, momentum: 0.5 });
const params: TensorMap = new Map([
  ['w', tensor([2], [1, 2])],
  ['control/w', tensor([2], [0.5, 0])],
]);
const update: TensorMap = new Map([
  ['w', tensor([2], [0.25, 0.5])],
  ['control/w', tensor([2], [-4, 2])],
]);

test('controls move by |S| / N of their mean, past the server optimizer', () => {
  const step = scaffold(optimizer, { contributions: 2, members: 8 }).next(new Map(), params, update);
  assert.deepEqual([...step.params.get('w')!.data], [0.75, 1.5]);
  assert.deepEqual([...step.params.get('control/w')!.data], [1.5, -0.5]);
  assert.deepEqual([...step.params.keys()], ['w', 'control/w']);
  assert.deepEqual([...step.state.keys()], ['momentum/w']);
});

test('without controls in the update it is the optimizer’s step, whatever the group’s size', () => {
  const plain: TensorMap = new Map([['w', update.get('w')!]]);
  const size = { contributions: 3, members: 0 };
  assert.deepEqual(
    scaffold(optimizer, size).next(new Map(), params, plain),
    optimizer.next(new Map(), params, plain),
  );
});

test('members who left after they contributed: no more than the whole mean', () => {
  const step = scaffold(optimizer, { contributions: 3, members: 2 }).next(new Map(), params, update);
  assert.deepEqual([...step.params.get('control/w')!.data], [4.5, -2]);
});
