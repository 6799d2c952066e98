// A prefix of layers covers the targets after it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseTargets } from '@colora/adapters/adapter-tensors';
import { readTargets } from './read-targets.ts';

const linears = [0, 1, 2, 3].flatMap((layer) =>
  ['q_proj', 'v_proj', 'o_proj'].map((name) => ({ name: `layers.${layer}.attn.${name}`, out: 4, in: 4 })),
);
const adapted = (value: string) => chooseTargets(linears, readTargets(value)).map(({ name }) => name);

test('top-2:q_proj,v_proj adapts both in the last two layers and neither in the others', () => {
  assert.deepEqual(adapted('top-2:q_proj,v_proj'), [
    'layers.2.attn.q_proj',
    'layers.2.attn.v_proj',
    'layers.3.attn.q_proj',
    'layers.3.attn.v_proj',
  ]);
});

test('another prefix begins anew, and what stands before the first one has none', () => {
  assert.deepEqual(readTargets('top-1:q_proj, o_proj ,top-2:v_proj'), [
    'top-1:q_proj',
    'top-1:o_proj',
    'top-2:v_proj',
  ]);
  assert.deepEqual(readTargets('v_proj,top-1:q_proj'), ['v_proj', 'top-1:q_proj']);
  assert.deepEqual(readTargets('none'), []);
});

test('a module outside the layers is refused behind a prefix, by the name with it', () => {
  assert.throws(() => adapted('top-2:q_proj,pooler'), { code: 'unknown-target', message: /"top-2:pooler"/ });
  assert.throws(() => adapted('top-x:q_proj,v_proj'), { code: 'unknown-target' });
});
