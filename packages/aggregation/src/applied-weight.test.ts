// The weights that members are told are those with which the mean and a plain step really apply what they sent: tensor by
// tensor, whoever holds it, by examples, late or not, at any rate.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TensorMap } from '@colora/tensors/tensor';
import { appliedWeight, isSumOfContributions } from './applied-weight.ts';
import { contributionsInMemory } from './contributions-in-memory.ts';
import { plain } from './optimizers/plain.ts';
import { mean } from './rules/mean.ts';
import { runRule } from './run-rule.ts';

const map = (entries: Record<string, readonly number[]>): TensorMap =>
  new Map(
    Object.entries(entries).map(([name, values]) => [
      name,
      { shape: [values.length], data: Float32Array.from(values) },
    ]),
  );

test('the checkpoint moves by the sum of weight * contribution, and by nothing else', async () => {
  const checkpoint = map({ A: [1, 2, 3], 'head/bad': [4], 'head/good': [5], 'head/idle': [6] });
  const senders = [
    { weight: 3, staleness: 0, tensors: map({ A: [1, -2, 0.5], 'head/bad': [2] }) },
    { weight: 1, staleness: 2, tensors: map({ A: [-4, 1, 8], 'head/bad': [-1], 'head/good': [3] }) },
    { weight: 40, staleness: 0, tensors: map({ A: [0.25, 0, 2] }) },
  ];
  const rate = 0.7;
  const { update, state } = await runRule(mean, contributionsInMemory(checkpoint, senders), new Map());
  const { params } = plain({ rate }).next(state, checkpoint, update);
  for (const [name, { data }] of checkpoint) {
    const holders = senders.filter(({ tensors }) => tensors.has(name));
    const total = holders.reduce((sum, { weight }) => sum + weight, 0);
    for (const [i, before] of data.entries()) {
      const moved = holders.reduce(
        (sum, sender) => sum + appliedWeight({ rate }, sender, total) * sender.tensors.get(name)!.data[i]!,
        0,
      );
      const after = params.get(name)!.data[i]!;
      assert.ok(Math.abs(after - (before - moved)) < 1e-6, `${name}[${i}]: ${after}, not ${before - moved}`);
    }
  }
});

test('nothing is claimed of other rules, nor of optimizers that remember earlier rounds', () => {
  assert.ok(isSumOfContributions({ rule: 'mean', optimizer: 'plain' }));
  for (const rule of ['median', 'krum', 'norm-bound', 'geometric-median', 'centered-clipping'] as const)
    assert.ok(!isSumOfContributions({ rule, optimizer: 'plain' }), rule);
  for (const optimizer of ['fedavgm', 'fedadam', 'fedyogi', 'fedadagrad'] as const)
    assert.ok(!isSumOfContributions({ rule: 'mean', optimizer }), optimizer);
});
