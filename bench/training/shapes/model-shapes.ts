// The shapes of language models that people really fine-tune, as their config.json says them; and a tiny one, so that the
// benchmark itself can be tried in seconds. Weights are drawn at random in these shapes: random-model.ts.

const llama = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_act: 'silu',
  rms_norm_eps: 1e-5,
  rope_theta: 500_000,
  attention_bias: false,
  mlp_bias: false,
  tie_word_embeddings: true,
};
const llama3Positions = {
  rope_type: 'llama3',
  factor: 32,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192,
};
const qwen2 = {
  architectures: ['Qwen2ForCausalLM'],
  model_type: 'qwen2',
  hidden_act: 'silu',
  vocab_size: 151_936,
  num_key_value_heads: 2,
  max_position_embeddings: 32_768,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  use_sliding_window: false,
  sliding_window: 32_768,
  max_window_layers: 21,
  tie_word_embeddings: true,
};

/** config.json by the model's name. */
export const modelShapes: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'llama-3.2-1b': {
    ...llama,
    vocab_size: 128_256,
    hidden_size: 2048,
    intermediate_size: 8192,
    num_hidden_layers: 16,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    head_dim: 64,
    max_position_embeddings: 131_072,
    rope_scaling: llama3Positions,
  },
  'qwen2.5-0.5b': {
    ...qwen2,
    hidden_size: 896,
    intermediate_size: 4864,
    num_hidden_layers: 24,
    num_attention_heads: 14,
  },
  'qwen2.5-1.5b': {
    ...qwen2,
    hidden_size: 1536,
    intermediate_size: 8960,
    num_hidden_layers: 28,
    num_attention_heads: 12,
  },
  'gemma-3-1b': {
    architectures: ['Gemma3ForCausalLM'],
    model_type: 'gemma3_text',
    vocab_size: 262_144,
    hidden_size: 1152,
    intermediate_size: 6912,
    num_hidden_layers: 26,
    num_attention_heads: 4,
    num_key_value_heads: 1,
    head_dim: 256,
    hidden_activation: 'gelu_pytorch_tanh',
    max_position_embeddings: 32_768,
    rms_norm_eps: 1e-6,
    rope_theta: 1e6,
    rope_local_base_freq: 10_000,
    query_pre_attn_scalar: 256,
    sliding_window: 512,
    sliding_window_pattern: 6,
    attention_bias: false,
    tie_word_embeddings: true,
  },
  tiny: {
    ...llama,
    vocab_size: 512,
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 9, // more than the eight that a case adapts
    num_attention_heads: 4,
    num_key_value_heads: 2,
    head_dim: 16,
    max_position_embeddings: 1024,
    rope_scaling: llama3Positions,
  },
};
