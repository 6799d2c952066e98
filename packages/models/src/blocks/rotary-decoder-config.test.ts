// Which configs of rotary decoders are read, and how others are refused.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gemma3Text } from '../families/gemma3-text.ts';
import { llama } from '../families/llama.ts';
import { mistral } from '../families/mistral.ts';
import { qwen2 } from '../families/qwen2.ts';
import { qwen3 } from '../families/qwen3.ts';

const small = {
  vocab_size: 16,
  hidden_size: 12,
  intermediate_size: 20,
  num_hidden_layers: 3,
  num_attention_heads: 3,
};
const llamaOf = (change: object) => llama.parseConfig({ ...small, ...change });
const single = { ...small, num_key_value_heads: 1 };
const near = (actual: readonly number[], expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value / expected[i]! - 1) < 1e-12, `${i}: ${value}, not ${expected[i]}`);
  });
};

describe('llama', () => {
  test('defaults, and the rotary base where either version of transformers writes it', () => {
    const config = llamaOf({});
    assert.equal(config.keyHeads, 3);
    assert.equal(config.headSize, 4);
    const frequencies = (change: object) => llamaOf(change).layers[2]!.frequencies;
    near(frequencies({}), [1, 1e-2]);
    near(frequencies({ rope_theta: 4e4, rope_scaling: null }), [1, 1 / 200]);
    near(frequencies({ rope_parameters: { rope_type: 'default', rope_theta: 1e6 } }), [1, 1e-3]);
    near(frequencies({ rope_scaling: { type: 'linear', factor: 2 } }), [1 / 2, 1 / 200]);
  });

  test('llama3 keeps short waves, slows down long ones and interpolates between', () => {
    const scaling = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
    // 1, 1/10, 1/100, 1/1000 radians a position: within 64 positions 10.2, 1.02, 0.1 and 0.01 turns
    const rope_scaling = { ...scaling, original_max_position_embeddings: 64 };
    const [first, second, third, fourth] = llamaOf({ head_dim: 8, rope_scaling }).layers[0]!.frequencies;
    near([first!, third!, fourth!], [1, 1 / 800, 1 / 8000]);
    const kept = (6.4 / (2 * Math.PI) - 1) / 3;
    near([second!], [(1 - kept) / 80 + kept / 10]);
  });

  test('an own output embedding, biases and a head size of its own change the weights asked for', () => {
    const names = (change: object) => llama.weights(llamaOf(change));
    const plain = names({ tie_word_embeddings: true });
    assert.ok(!plain.some(({ name }) => name === 'lm_head.weight' || name.endsWith('.bias')));
    assert.ok(names({}).some(({ name }) => name === 'lm_head.weight'));
    const biased = names({ attention_bias: true, mlp_bias: true });
    assert.equal(biased.filter(({ name }) => name.endsWith('.bias')).length, 3 * 7);
    const wide = names({ head_dim: 8 }).find(({ name }) => name.endsWith('q_proj.weight'));
    assert.deepEqual(wide?.shape, [24, 12]);
  });

  test('variants that would compute something else are refused by name', () => {
    const refused = (change: object, pattern: RegExp) => assert.throws(() => llamaOf(change), pattern);
    refused({ rope_scaling: { type: 'yarn' } }, /"rope_scaling" is .*yarn.*default, linear or llama3/);
    refused({ rope_parameters: { rope_type: 'llama3' } }, /"factor" is missing/);
    refused({ partial_rotary_factor: 0.5 }, /"partial_rotary_factor" is 0.5; it must be 1/);
    refused({ hidden_act: 'gelu' }, /"hidden_act" is "gelu"; it must be "silu"/);
    refused({ num_key_value_heads: 2 }, /"num_key_value_heads" is 2; it must be a divisor/);
    refused({ hidden_size: 13 }, /"hidden_size" is 13/);
    refused({ head_dim: 3 }, /"head_dim" is 3; it must be even/);
    refused({ vocab_size: 'many' }, /"vocab_size" is "many"; it must be a whole number/);
    refused({ tie_word_embeddings: 'yes' }, /"tie_word_embeddings" is "yes"; it must be true or false/);
  });
});

describe('windows', () => {
  const windows = (config: { layers: readonly { window: number | undefined }[] }) =>
    config.layers.map(({ window }) => window);

  test('mistral: every layer has one, unless it is null', () => {
    assert.deepEqual(windows(mistral.parseConfig(single)), [4096, 4096, 4096]);
    assert.deepEqual(windows(mistral.parseConfig({ ...single, sliding_window: 7 })), [7, 7, 7]);
    const none = mistral.parseConfig({ ...single, sliding_window: null });
    assert.deepEqual(windows(none), [undefined, undefined, undefined]);
  });

  test('qwen: upper layers have one where it is switched on', () => {
    const asked = { ...single, head_dim: 4, sliding_window: 7, max_window_layers: 2 };
    for (const family of [qwen2, qwen3]) {
      assert.deepEqual(windows(family.parseConfig(asked)), [undefined, undefined, undefined]);
      const used = { ...asked, use_sliding_window: true };
      assert.deepEqual(windows(family.parseConfig(used)), [undefined, undefined, 7]);
      const layer_types = ['sliding_attention', 'full_attention', 'full_attention'];
      assert.deepEqual(windows(family.parseConfig({ ...used, layer_types })), [7, undefined, undefined]);
    }
  });

  test('gemma3_text: all but every n-th layer, with a rotary base of their own', () => {
    const config = gemma3Text.parseConfig({
      ...single,
      head_dim: 4,
      sliding_window: 7,
      sliding_window_pattern: 3,
      rope_theta: 1e6,
      rope_local_base_freq: 1e4,
      rope_scaling: { rope_type: 'linear', factor: 8 },
    });
    assert.deepEqual(windows(config), [7, 7, undefined]);
    near(config.layers[0]!.frequencies, [1, 1e-2]);
    near(config.layers[2]!.frequencies, [1 / 8, 1e-3 / 8]);
  });

  test('a list of layer types of another length, or with unknown ones, is refused', () => {
    const types = (layer_types: unknown) => () => qwen2.parseConfig({ ...single, layer_types });
    assert.throws(types(['full_attention']), /"layer_types".*num_hidden_layers \(3\)/);
    assert.throws(
      types(['full_attention', 'mamba', 'full_attention']),
      /full_attention or sliding_attention/,
    );
    const capped = { ...single, head_dim: 4, final_logit_softcapping: 30 };
    assert.throws(() => gemma3Text.parseConfig(capped), /"final_logit_softcapping" is 30; .*not supported/);
  });
});
