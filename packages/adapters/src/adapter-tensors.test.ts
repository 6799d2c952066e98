// Choosing the modules to adapt by name, suffix or all-linear.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseTargets } from './adapter-tensors.ts';

const linears = [
  ...[0, 1, 10].flatMap((layer) => [
    { name: `layers.${layer}.attn.q_proj`, out: 4, in: 4 },
    { name: `layers.${layer}.mlp.fc1`, out: 8, in: 4 },
    { name: `layers.${layer}.mlp.fc2`, out: 4, in: 8 },
  ]),
  { name: 'pooler', out: 4, in: 4 },
];

function chosen(...targets: string[]): string[] {
  return chooseTargets(linears, targets).map((linear) => linear.name);
}

test('full names, suffixes and all-linear', () => {
  assert.deepEqual(chosen('layers.1.mlp.fc1'), ['layers.1.mlp.fc1']);
  assert.deepEqual(chosen('mlp.fc2'), ['layers.0.mlp.fc2', 'layers.1.mlp.fc2', 'layers.10.mlp.fc2']);
  assert.deepEqual(
    chosen('all-linear'),
    linears.map((linear) => linear.name),
  );
  assert.deepEqual(chosen(), []);
});

test('overlapping targets choose a module once, in the order of the model', () => {
  assert.deepEqual(chosen('pooler', 'q_proj', 'layers.0.attn.q_proj'), [
    'layers.0.attn.q_proj',
    'layers.1.attn.q_proj',
    'layers.10.attn.q_proj',
    'pooler',
  ]);
});

test('the last layers of a model, whatever its size', () => {
  assert.deepEqual(chosen('top-1:q_proj'), ['layers.10.attn.q_proj']);
  assert.deepEqual(chosen('top-10:mlp.fc1', 'pooler'), ['layers.1.mlp.fc1', 'layers.10.mlp.fc1', 'pooler']);
  assert.deepEqual(chosen('top-99:fc2'), chosen('fc2'));
  assert.deepEqual(chosen('top-1:all-linear'), [
    'layers.10.attn.q_proj',
    'layers.10.mlp.fc1',
    'layers.10.mlp.fc2',
  ]);
});

test('a target matches whole dotted parts only', () => {
  for (const target of ['proj', 'c1', '0.mlp', '', 'top-0:fc1', 'top-1:', 'top-1:pooler', 'top-1.5:fc1']) {
    assert.throws(() => chosen(target), { name: 'AdapterError', code: 'unknown-target' });
  }
});

test('an unknown target is told what there is', () => {
  assert.throws(() => chosen('q_proj', 'query'), {
    message:
      'target "query" names no linear layer of the base model; there are: ' +
      'layers.*.attn.q_proj, layers.*.mlp.fc1, layers.*.mlp.fc2, pooler (or all-linear; ' +
      'top-8:q_proj for the last 8 layers alone)',
  });
});
