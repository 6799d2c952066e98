// How many modules, layers and parameters a group's settings adapt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { adaptedModules, modulesText, parametersText } from './adapted-modules.ts';

const linears = [0, 1, 2].flatMap((layer) =>
  ['self_attn.q_proj', 'self_attn.v_proj'].map((kind) => ({
    name: `model.layers.${layer}.${kind}`,
    out: 8,
    in: 4,
  })),
);

function settings(adapter: object) {
  return taskSettingsSchema.parse({
    baseModel: { name: 'any', modelType: 'llama', fingerprint: '0'.repeat(64) },
    task: { kind: 'causal-lm' },
    adapter: { rank: 2, alpha: 2, ...adapter },
  });
}

test('core on two layers: A and B are shared, S is personal', () => {
  const targets = ['top-2:q_proj', 'top-2:v_proj'];
  const found = adaptedModules(linears, settings({ layout: 'core', targets }));
  assert.deepEqual(found, {
    modules: 4,
    layers: [1, 2],
    kinds: ['self_attn.q_proj', 'self_attn.v_proj'],
    parameters: { shared: 4 * (2 * 4 + 8 * 2), personal: 4 * 2 * 2, frozen: 0 },
  });
  assert.equal(modulesText(found), '4 modules (self_attn.q_proj, self_attn.v_proj) in layers 1 to 2');
  assert.equal(parametersText(found), '96 shared, 16 personal');
});

test('frozen-a: A is fixed; layers with a gap are listed', () => {
  const targets = ['layers.0.self_attn.q_proj', 'layers.2.self_attn.q_proj'];
  const found = adaptedModules(linears, settings({ layout: 'frozen-a', targets }));
  assert.deepEqual(found.parameters, { shared: 2 * 8 * 2, personal: 0, frozen: 2 * 2 * 4 });
  assert.equal(modulesText(found), '2 modules (self_attn.q_proj) in layers 0, 2');
});
