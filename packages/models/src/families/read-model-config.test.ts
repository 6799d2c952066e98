// Which config.json files are read: those of the models that people have, whole as they are on the Hub, and all that
// transformers writes by default; and which fields are refused by name because they change what is computed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readModelConfig } from './read-model-config.ts';

/** What almost every decoder's config says too. */
const decoder = {
  attention_dropout: 0.0,
  initializer_range: 0.02,
  rope_scaling: null,
  torch_dtype: 'bfloat16',
  transformers_version: '4.45.0.dev0',
  use_cache: true,
};
const bert = {
  attention_probs_dropout_prob: 0.1,
  gradient_checkpointing: false,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0.1,
  hidden_size: 768,
  initializer_range: 0.02,
  intermediate_size: 3072,
  num_attention_heads: 12,
  num_hidden_layers: 12,
  position_embedding_type: 'absolute',
  transformers_version: '4.6.0.dev0',
  use_cache: true,
};

/** As published. */
const published: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'HuggingFaceTB/SmolLM2-135M-Instruct': {
    ...decoder,
    ...{ architectures: ['LlamaForCausalLM'], attention_bias: false, bos_token_id: 1, eos_token_id: 2 },
    ...{
      hidden_act: 'silu',
      hidden_size: 576,
      initializer_range: 0.041666666666666664,
      intermediate_size: 1536,
    },
    ...{ is_llama_config: true, max_position_embeddings: 8192, mlp_bias: false, model_type: 'llama' },
    ...{ num_attention_heads: 9, num_hidden_layers: 30, num_key_value_heads: 3, pad_token_id: 2 },
    ...{ pretraining_tp: 1, rms_norm_eps: 1e-5, rope_interleaved: false, rope_theta: 100000 },
    ...{ tie_word_embeddings: true, vocab_size: 49152 },
    'transformers.js_config': { kv_cache_dtype: { q4f16: 'float16', fp16: 'float16' } },
  },
  'meta-llama/Llama-3.2-1B-Instruct': {
    ...decoder,
    ...{ architectures: ['LlamaForCausalLM'], attention_bias: false, bos_token_id: 128000 },
    ...{ eos_token_id: [128001, 128008, 128009], head_dim: 64, hidden_act: 'silu', hidden_size: 2048 },
    ...{ intermediate_size: 8192, max_position_embeddings: 131072, mlp_bias: false, model_type: 'llama' },
    ...{ num_attention_heads: 32, num_hidden_layers: 16, num_key_value_heads: 8, pretraining_tp: 1 },
    rope_scaling: {
      ...{ factor: 32.0, high_freq_factor: 4.0, low_freq_factor: 1.0 },
      ...{ original_max_position_embeddings: 8192, rope_type: 'llama3' },
    },
    ...{ rms_norm_eps: 1e-5, rope_theta: 500000.0, tie_word_embeddings: true, vocab_size: 128256 },
  },
  'unsloth/Llama-3.2-1B': {
    ...decoder,
    ...{ _name_or_path: 'meta-llama/Llama-3.2-1B', architectures: ['LlamaForCausalLM'], model_type: 'llama' },
    ...{ hidden_size: 2048, intermediate_size: 8192, num_attention_heads: 32, num_hidden_layers: 16 },
    ...{ num_key_value_heads: 8, vocab_size: 128256, pad_token_id: 128004, unsloth_fixed: true },
    ...{ unsloth_version: '2024.9', rope_theta: 500000.0, tie_word_embeddings: true },
  },
  'Qwen/Qwen2.5-0.5B-Instruct': {
    ...decoder,
    ...{
      architectures: ['Qwen2ForCausalLM'],
      bos_token_id: 151643,
      eos_token_id: 151645,
      hidden_act: 'silu',
    },
    ...{ hidden_size: 896, intermediate_size: 4864, max_position_embeddings: 32768, max_window_layers: 21 },
    ...{ model_type: 'qwen2', num_attention_heads: 14, num_hidden_layers: 24, num_key_value_heads: 2 },
    ...{ rms_norm_eps: 1e-6, rope_theta: 1000000.0, sliding_window: 32768, tie_word_embeddings: true },
    ...{ use_mrope: false, use_sliding_window: false, vocab_size: 151936 },
  },
  'Qwen/Qwen3-0.6B': {
    ...decoder,
    ...{
      architectures: ['Qwen3ForCausalLM'],
      attention_bias: false,
      bos_token_id: 151643,
      eos_token_id: 151645,
    },
    ...{ head_dim: 128, hidden_act: 'silu', hidden_size: 1024, intermediate_size: 3072 },
    ...{
      max_position_embeddings: 40960,
      max_window_layers: 28,
      model_type: 'qwen3',
      num_attention_heads: 16,
    },
    ...{ num_hidden_layers: 28, num_key_value_heads: 8, rms_norm_eps: 1e-6, rope_theta: 1000000 },
    ...{ sliding_window: null, tie_word_embeddings: true, use_sliding_window: false, vocab_size: 151936 },
  },
  'google/gemma-3-1b-it': {
    ...decoder,
    ...{ architectures: ['Gemma3ForCausalLM'], attention_bias: false, attn_logit_softcapping: null },
    ...{
      bos_token_id: 2,
      cache_implementation: 'hybrid',
      eos_token_id: [1, 106],
      final_logit_softcapping: null,
    },
    ...{ head_dim: 256, hidden_activation: 'gelu_pytorch_tanh', hidden_size: 1152, intermediate_size: 6912 },
    ...{ max_position_embeddings: 32768, model_type: 'gemma3_text', num_attention_heads: 4 },
    ...{ num_hidden_layers: 26, num_key_value_heads: 1, pad_token_id: 0, query_pre_attn_scalar: 256 },
    ...{ rms_norm_eps: 1e-6, rope_local_base_freq: 10000, rope_theta: 1000000, sliding_window: 512 },
    ...{ sliding_window_pattern: 6, vocab_size: 262144 },
  },
  'google/gemma-3-270m': {
    ...decoder,
    ...{ _sliding_window_pattern: 6, architectures: ['Gemma3ForCausalLM'], model_type: 'gemma3_text' },
    ...{
      head_dim: 256,
      hidden_size: 640,
      intermediate_size: 2048,
      num_attention_heads: 4,
      vocab_size: 262144,
    },
    ...{ layer_types: ['sliding_attention', 'full_attention'], num_hidden_layers: 2, num_key_value_heads: 1 },
    ...{ rope_local_base_freq: 10000.0, use_bidirectional_attention: false },
  },
  'mistralai/Mistral-7B-Instruct-v0.3': {
    ...decoder,
    ...{ architectures: ['MistralForCausalLM'], bos_token_id: 1, eos_token_id: 2, hidden_act: 'silu' },
    ...{ hidden_size: 4096, intermediate_size: 14336, max_position_embeddings: 32768, model_type: 'mistral' },
    ...{ num_attention_heads: 32, num_hidden_layers: 32, num_key_value_heads: 8, rms_norm_eps: 1e-5 },
    ...{ rope_theta: 1000000.0, sliding_window: null, tie_word_embeddings: false, vocab_size: 32768 },
  },
  'openai-community/gpt2': {
    ...{ activation_function: 'gelu_new', architectures: ['GPT2LMHeadModel'], attn_pdrop: 0.1 },
    ...{ bos_token_id: 50256, embd_pdrop: 0.1, eos_token_id: 50256, initializer_range: 0.02 },
    ...{ layer_norm_epsilon: 1e-5, model_type: 'gpt2', n_ctx: 1024, n_embd: 768, n_head: 12, n_layer: 12 },
    ...{ n_positions: 1024, resid_pdrop: 0.1, summary_activation: null, summary_first_dropout: 0.1 },
    ...{ summary_proj_to_labels: true, summary_type: 'cls_index', summary_use_proj: true, vocab_size: 50257 },
    task_specific_params: { 'text-generation': { do_sample: true, max_length: 50 } },
  },
  'google-bert/bert-base-uncased': {
    ...bert,
    ...{ architectures: ['BertForMaskedLM'], layer_norm_eps: 1e-12, max_position_embeddings: 512 },
    ...{ model_type: 'bert', pad_token_id: 0, type_vocab_size: 2, vocab_size: 30522 },
  },
  'google-bert/bert-base-multilingual-cased': {
    ...bert,
    ...{ architectures: ['BertForMaskedLM'], directionality: 'bidi', layer_norm_eps: 1e-12 },
    ...{ max_position_embeddings: 512, model_type: 'bert', pad_token_id: 0, pooler_fc_size: 768 },
    ...{ pooler_num_attention_heads: 12, pooler_num_fc_layers: 3, pooler_size_per_head: 128 },
    ...{ pooler_type: 'first_token_transform', type_vocab_size: 2, vocab_size: 119547 },
  },
  'sentence-transformers/all-MiniLM-L6-v2': {
    ...bert,
    ...{ _name_or_path: 'nreimers/MiniLM-L6-H384-uncased', architectures: ['BertModel'], hidden_size: 384 },
    ...{ layer_norm_eps: 1e-12, max_position_embeddings: 512, model_type: 'bert', num_hidden_layers: 6 },
    ...{ pad_token_id: 0, type_vocab_size: 2, vocab_size: 30522 },
  },
  'FacebookAI/roberta-base': {
    ...bert,
    ...{ architectures: ['RobertaForMaskedLM'], bos_token_id: 0, eos_token_id: 2, layer_norm_eps: 1e-5 },
    ...{ max_position_embeddings: 514, model_type: 'roberta', pad_token_id: 1, type_vocab_size: 1 },
    vocab_size: 50265,
  },
  'distilbert/distilbert-base-uncased-finetuned-sst-2-english': {
    ...{ activation: 'gelu', architectures: ['DistilBertForSequenceClassification'], attention_dropout: 0.1 },
    ...{ dim: 768, dropout: 0.1, finetuning_task: 'sst-2', hidden_dim: 3072, initializer_range: 0.02 },
    ...{ id2label: { 0: 'NEGATIVE', 1: 'POSITIVE' }, label2id: { NEGATIVE: 0, POSITIVE: 1 } },
    ...{
      max_position_embeddings: 512,
      model_type: 'distilbert',
      n_heads: 12,
      n_layers: 6,
      output_past: true,
    },
    ...{ pad_token_id: 0, qa_dropout: 0.1, seq_classif_dropout: 0.2, sinusoidal_pos_embds: false },
    ...{ tie_weights_: true, vocab_size: 30522 },
  },
  'answerdotai/ModernBERT-base': {
    ...{ architectures: ['ModernBertForMaskedLM'], attention_bias: false, attention_dropout: 0.0 },
    ...{
      bos_token_id: 50281,
      classifier_activation: 'gelu',
      classifier_bias: false,
      classifier_dropout: 0.0,
    },
    ...{
      classifier_pooling: 'mean',
      cls_token_id: 50281,
      decoder_bias: true,
      deterministic_flash_attn: false,
    },
    ...{ embedding_dropout: 0.0, eos_token_id: 50282, global_attn_every_n_layers: 3 },
    ...{ global_rope_theta: 160000.0, gradient_checkpointing: false, hidden_activation: 'gelu' },
    ...{ hidden_size: 768, initializer_cutoff_factor: 2.0, initializer_range: 0.02, intermediate_size: 1152 },
    ...{ layer_norm_eps: 1e-5, local_attention: 128, local_rope_theta: 10000.0 },
    ...{ max_position_embeddings: 8192, mlp_bias: false, mlp_dropout: 0.0, model_type: 'modernbert' },
    ...{ norm_bias: false, norm_eps: 1e-5, num_attention_heads: 12, num_hidden_layers: 22 },
    ...{ pad_token_id: 50283, position_embedding_type: 'absolute', sep_token_id: 50282 },
    ...{ tie_word_embeddings: true, torch_dtype: 'float32', transformers_version: '4.47.0.dev0' },
    vocab_size: 50368,
  },
};

describe('configs as they are on the Hub are read', () => {
  for (const [name, config] of Object.entries(published)) {
    test(name, () => assert.equal(readModelConfig(config).family.modelType, config.model_type));
  }
});

test('rotary settings a layer type, as transformers 5 writes them', () => {
  const rope_parameters = {
    full_attention: { rope_theta: 1e6, rope_type: 'default' },
    sliding_attention: { rope_theta: 1e4, rope_type: 'default' },
  };
  readModelConfig({ ...published['google/gemma-3-1b-it'], rope_parameters });
  readModelConfig({ ...published['answerdotai/ModernBERT-base'], rope_parameters });
  assert.throws(
    () => readModelConfig({ ...published['HuggingFaceTB/SmolLM2-135M-Instruct'], rope_parameters }),
    /"rope_parameters\.full_attention" is /,
  );
});

describe('refused by name', () => {
  const smollm = published['HuggingFaceTB/SmolLM2-135M-Instruct']!;
  const refused = (change: object, message: RegExp, of = smollm) =>
    assert.throws(() => readModelConfig({ ...of, ...change }), message);

  test('quantised weights, with the method, before anything else is looked at', () => {
    const methods: [object, RegExp][] = [
      [{ quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'nf4' }, /bitsandbytes/],
      [{ load_in_8bit: true }, /bitsandbytes/],
      [{ quant_method: 'gptq', bits: 4, group_size: 128 }, /gptq/],
      [{ quant_method: 'awq' }, /awq/],
      [{ quant_method: 'fp8', weight_block_size: [128, 128] }, /fp8/],
      [{ quant_method: 'compressed-tensors' }, /compressed-tensors/],
      [{ quant_method: 'mxfp4' }, /mxfp4/],
      [{ quant_algo: 'W4A16' }, /quant_algo/],
    ];
    for (const [settings, method] of methods) {
      const message = new RegExp(`"quantization_config" .*\\(.*${method.source}.*--base-precision`);
      refused({ quantization_config: settings }, message);
      refused({ quantization_config: settings, model_type: 'of_tomorrow' }, message);
    }
    refused({ quantization: { group_size: 64, bits: 4 } }, /"quantization" .*"bits":4/);
    readModelConfig({ ...smollm, quantization_config: null });
  });

  test('what changes the maths and is not computed, whether it is known or of tomorrow', () => {
    const fields: [object, RegExp][] = [
      [
        { rope_scaling: { rope_type: 'yarn', factor: 4, beta_fast: 32 } },
        /"rope_scaling" .*yarn.*default, linear/,
      ],
      [{ rope_scaling: { type: 'dynamic', factor: 2 } }, /"rope_scaling" .*dynamic/],
      [{ rope_scaling: { rope_type: 'longrope', short_factor: [1] } }, /"rope_scaling" .*longrope/],
      [
        { rope_scaling: { rope_type: 'linear', factor: 2, attention_factor: 1.2 } },
        /"rope_scaling\.attention_factor"/,
      ],
      [
        { rope_parameters: { rope_type: 'default', mrope_section: [16, 24] } },
        /"rope_parameters\.mrope_section"/,
      ],
      [{ rope_interleaved: true }, /"rope_interleaved" is true/],
      [{ partial_rotary_factor: 0.5 }, /"partial_rotary_factor" is 0\.5/],
      [{ sliding_window: 4096 }, /"sliding_window" is 4096, and what it does to a llama is not known/],
      [{ num_experts: 8 }, /"num_experts" is 8/],
      [{ num_local_experts: 8, num_experts_per_tok: 2 }, /"num_local_experts" is 8/],
      [{ final_logit_softcapping: 30 }, /"final_logit_softcapping" is 30/],
      [{ logit_scale: 0.0625 }, /"logit_scale"/],
      [{ embedding_multiplier: 12 }, /"embedding_multiplier"/],
      [{ residual_multiplier: 0.2, attention_multiplier: 0.01 }, /"residual_multiplier"/],
      [{ qk_layernorm: true }, /"qk_layernorm" is true/],
      [{ use_qk_norm: true }, /"use_qk_norm" is true/],
      [{ no_rope_layers: [1, 0] }, /"no_rope_layers"/],
      [{ pruned_heads: { 0: [1] } }, /"pruned_heads"/],
      [{ is_causal: true }, /"is_causal"/],
      [{ field_of_tomorrow: 'on' }, /"field_of_tomorrow" is "on".*take the field out of a copy/],
      [{ auto_map: { AutoModel: 'modeling_x.Model' } }, /"auto_map" .*code of its own/],
    ];
    for (const [change, message] of fields) refused(change, message);
  });

  test('what is switched off asks for nothing', () => {
    const off = { use_mrope: false, num_experts: null, pruned_heads: {}, auto_map: {}, no_rope_layers: [] };
    readModelConfig({ ...smollm, ...off });
  });

  test('a decoder whose head is that of another task', () => {
    refused(
      { architectures: ['LlamaForSequenceClassification'] },
      /"architectures" is .*a llama is used as a language model/,
    );
    refused({ architectures: ['LlamaForTokenClassification'] }, /"architectures"/);
    refused({ architectures: ['LlamaModel'] }, /"architectures"/);
    readModelConfig({ ...smollm, architectures: undefined });
  });

  test('fields of an encoder that it does not know', () => {
    const base = published['google-bert/bert-base-uncased']!;
    refused({ position_embedding_type: 'relative_key' }, /"position_embedding_type" is "relative_key"/, base);
    refused({ is_decoder: true }, /"is_decoder" is true/, base);
    refused({ embedding_size: 128 }, /"embedding_size" is 128/, base);
  });

  test('numbers beyond any model, before anything is made of them; a long word is cut', () => {
    for (const config of Object.values(published))
      for (const layers of ['num_hidden_layers', 'n_layer', 'n_layers'])
        if (layers in config)
          refused({ [layers]: 2 ** 31 }, new RegExp(`"${layers}" is 2147483648; .*at most 10000`), config);
    refused({ vocab_size: 2 ** 40 }, /"vocab_size" is 1099511627776; .*at most 100000000/);
    refused({ model_type: 'a'.repeat(5_000) }, /^.{1,400}$/);
  });
});
