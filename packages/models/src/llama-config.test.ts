// Which llama configs are read, and how others are refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { llama } from './llama.ts';
import { parseLlamaConfig } from './llama-config.ts';

const small = {
  vocab_size: 16,
  hidden_size: 12,
  intermediate_size: 20,
  num_hidden_layers: 1,
  num_attention_heads: 3,
};

test('defaults, and the rotary base where either version of transformers writes it', () => {
  const config = parseLlamaConfig(small);
  assert.equal(config.keyHeads, 3);
  assert.equal(config.headSize, 4);
  assert.equal(config.theta, 10_000);
  assert.equal(parseLlamaConfig({ ...small, rope_theta: 5e5, rope_scaling: null }).theta, 5e5);
  const parameters = { rope_type: 'default', rope_theta: 1e6 };
  assert.equal(parseLlamaConfig({ ...small, rope_parameters: parameters }).theta, 1e6);
});

test('an own output embedding, biases and a head size of its own change the weights asked for', () => {
  const names = (change: object) => llama.weights(parseLlamaConfig({ ...small, ...change }));
  const plain = names({ tie_word_embeddings: true });
  assert.ok(!plain.some(({ name }) => name === 'lm_head.weight' || name.endsWith('.bias')));
  assert.ok(names({}).some(({ name }) => name === 'lm_head.weight'));
  const biased = names({ attention_bias: true, mlp_bias: true }).filter(({ name }) => name.endsWith('.bias'));
  assert.equal(biased.length, 7);
  const wide = names({ head_dim: 8 }).find(({ name }) => name.endsWith('q_proj.weight'));
  assert.deepEqual(wide?.shape, [24, 12]);
});

test('variants that would compute something else are refused by name', () => {
  const refused = (change: object, pattern: RegExp) =>
    assert.throws(() => parseLlamaConfig({ ...small, ...change }), pattern);
  refused({ rope_scaling: { type: 'linear', factor: 2 } }, /"rope_scaling".*not supported yet/);
  refused({ rope_parameters: { rope_type: 'llama3', factor: 8 } }, /"rope_parameters".*not supported yet/);
  refused({ hidden_act: 'gelu' }, /"hidden_act" is "gelu"; it must be "silu"/);
  refused({ num_key_value_heads: 2 }, /"num_key_value_heads" is 2; it must be a divisor/);
  refused({ hidden_size: 13 }, /"hidden_size" is 13/);
  refused({ head_dim: 3 }, /"head_dim" is 3; it must be even/);
  refused({ vocab_size: 'many' }, /"vocab_size" is "many"; it must be a whole number/);
  refused({ tie_word_embeddings: 'yes' }, /"tie_word_embeddings" is "yes"; it must be true or false/);
});
