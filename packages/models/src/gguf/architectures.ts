// The model architectures of GGUF files as a table: what their metadata are in a config.json, what their tensors are
// called in a Hugging Face checkpoint, and what llama.cpp's converter did to values that has to be undone.
// Names of both sides as in gguf-py's tensor_mapping.py and transformers' checkpoints. No bytes are touched here.
import { ModelError } from '../model-error.ts';
import type { GgufFile } from './gguf-file.ts';
import { type GgufMetadata, needNumber, needText, readNumber, readText } from './gguf-metadata.ts';

/**
 * How the stored values become the checkpoint's:
 * `rotary` - the rows of each of `heads` heads were reordered from (half, pair) to (pair, half) for llama.cpp's rotation;
 * `transpose` - a GPT-2 Conv1D, [in, out] in checkpoints; `minus-one` - a norm whose gain is stored as 1 + weight.
 */
export type Undo =
  | { readonly kind: 'rotary'; readonly heads: number }
  | { readonly kind: 'transpose' | 'minus-one' };

interface TargetTensor {
  readonly name: string;
  readonly undo?: Undo;
}

export interface Architecture {
  /** The config.json without what is common to all. */
  config(facts: ModelFacts): Record<string, unknown>;
  /** Undefined for a tensor that the checkpoint has no place for. */
  target(name: string, heads: Heads): TargetTensor | undefined;
  /** What its tensors are called without `.weight` and `.bias`: once a model, and once a layer (behind `blk.<layer>.`). */
  readonly parts: { readonly top: readonly string[]; readonly layer: readonly string[] };
}

/** How many heads queries have, and keys. */
export interface Heads {
  readonly heads: number;
  readonly keyHeads: number;
}

/** What the metadata say of the model, under the names that all architectures share. */
export interface ModelFacts extends Heads {
  /** What the metadata's keys begin with. */
  readonly architecture: string;
  readonly layers: number;
  readonly positions: number;
  readonly hiddenSize: number;
  readonly feedForward: number;
  /** A number under `<architecture>.<key>`. */
  readonly number: (key: string) => number | undefined;
  readonly text: (key: string) => string | undefined;
  readonly has: (tensor: string) => boolean;
}

const decoderNames: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  ffn_norm: 'post_attention_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};

const gemmaNames: Readonly<Record<string, string>> = {
  ...decoderNames,
  post_attention_norm: 'post_attention_layernorm',
  ffn_norm: 'pre_feedforward_layernorm',
  post_ffw_norm: 'post_feedforward_layernorm',
};

const gpt2Names: Readonly<Record<string, string>> = {
  attn_norm: 'ln_1',
  attn_qkv: 'attn.c_attn',
  attn_output: 'attn.c_proj',
  ffn_norm: 'ln_2',
  ffn_up: 'mlp.c_fc',
  ffn_down: 'mlp.c_proj',
};

const decoderTop = { token_embd: 'model.embed_tokens', output_norm: 'model.norm', output: 'lm_head' };
const gpt2Top = {
  token_embd: 'transformer.wte',
  position_embd: 'transformer.wpe',
  output_norm: 'transformer.ln_f',
  output: 'lm_head',
};

function renamed(
  name: string,
  top: Readonly<Record<string, string>>,
  layer: { readonly prefix: string; readonly names: Readonly<Record<string, string>> },
): string | undefined {
  const [, index, part, role] = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (part === undefined) return undefined;
  const known = index === undefined ? top[part] : layer.names[part];
  if (known === undefined) return undefined;
  return index === undefined ? `${known}.${role}` : `${layer.prefix}.${index}.${known}.${role}`;
}

const partsOf = (top: object, layer: object): Architecture['parts'] => ({
  top: Object.keys(top),
  layer: Object.keys(layer),
});

const decoderName = (name: string) =>
  renamed(name, decoderTop, { prefix: 'model.layers', names: decoderNames });

function decoderConfig(facts: ModelFacts): Record<string, unknown> {
  return {
    hidden_size: facts.hiddenSize,
    intermediate_size: facts.feedForward,
    num_hidden_layers: facts.layers,
    num_attention_heads: facts.heads,
    num_key_value_heads: facts.keyHeads,
    max_position_embeddings: facts.positions,
    rms_norm_eps: facts.number('attention.layer_norm_rms_epsilon'),
    rope_theta: facts.number('rope.freq_base') ?? 10_000,
    hidden_act: 'silu',
  };
}

const llama: Architecture = {
  config: (facts) => ({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    ...decoderConfig(facts),
    head_dim: facts.number('attention.key_length') ?? facts.hiddenSize / facts.heads,
    attention_bias: facts.has('blk.0.attn_q.bias'),
    mlp_bias: facts.has('blk.0.ffn_up.bias'),
  }),
  target(name, { heads: queries, keyHeads }) {
    const target = decoderName(name);
    if (target === undefined) return undefined;
    const heads = /\.attn_q\./.test(name) ? queries : /\.attn_k\./.test(name) ? keyHeads : undefined;
    return heads === undefined ? { name: target } : { name: target, undo: { kind: 'rotary', heads } };
  },
  parts: partsOf(decoderTop, decoderNames),
};

/** Qwen's converters leave the order of the rows as it is. */
const plainDecoder = (modelType: string, className: string): Architecture => ({
  config: (facts) => ({
    architectures: [className],
    model_type: modelType,
    ...decoderConfig(facts),
    ...(facts.number('attention.key_length') === undefined
      ? {}
      : { head_dim: facts.number('attention.key_length') }),
  }),
  target(name) {
    const target = decoderName(name);
    return target === undefined ? undefined : { name: target };
  },
  parts: partsOf(decoderTop, decoderNames),
});

const gemma3: Architecture = {
  config(facts) {
    const headSize = facts.number('attention.key_length') ?? facts.hiddenSize / facts.heads;
    return {
      architectures: ['Gemma3ForCausalLM'],
      model_type: 'gemma3_text',
      ...decoderConfig(facts),
      hidden_act: undefined,
      hidden_activation: 'gelu_pytorch_tanh',
      head_dim: headSize,
      query_pre_attn_scalar: facts.layers === 62 ? facts.hiddenSize / facts.heads : headSize, // 62: the 27B model
      sliding_window: facts.number('attention.sliding_window'),
      rope_theta: facts.number('rope.freq_base') ?? 1_000_000,
      rope_local_base_freq: facts.number('rope.freq_base_swa'),
    };
  },
  target(name) {
    const target = renamed(name, decoderTop, { prefix: 'model.layers', names: gemmaNames });
    if (target === undefined) return undefined;
    return target.endsWith('norm.weight') ? { name: target, undo: { kind: 'minus-one' } } : { name: target };
  },
  parts: partsOf(decoderTop, gemmaNames),
};

const gpt2: Architecture = {
  config: (facts) => ({
    architectures: ['GPT2LMHeadModel'],
    model_type: 'gpt2',
    n_embd: facts.hiddenSize,
    n_inner: facts.feedForward,
    n_layer: facts.layers,
    n_head: facts.heads,
    n_positions: facts.positions,
    layer_norm_epsilon: facts.number('attention.layer_norm_epsilon'),
    activation_function: 'gelu_new',
  }),
  target(name) {
    const target = renamed(name, gpt2Top, { prefix: 'transformer.h', names: gpt2Names });
    if (target === undefined) return undefined;
    const kernel = /\.(attn_qkv|attn_output|ffn_up|ffn_down)\.weight$/.test(name);
    return kernel ? { name: target, undo: { kind: 'transpose' } } : { name: target };
  },
  parts: partsOf(gpt2Top, gpt2Names),
};

export const architectures = {
  llama,
  qwen2: plainDecoder('qwen2', 'Qwen2ForCausalLM'),
  qwen3: plainDecoder('qwen3', 'Qwen3ForCausalLM'),
  gemma3,
  gpt2,
} satisfies Readonly<Record<string, Architecture>>;

export type ArchitectureName = keyof typeof architectures;

/** The file's architecture; ModelError `unsupported-gguf` lists those there are. */
export function findArchitecture(metadata: GgufMetadata): Architecture {
  const name = needText(metadata, 'general.architecture');
  if (Object.hasOwn(architectures, name)) return architectures[name as ArchitectureName];
  throw new ModelError(
    'unsupported-gguf',
    `the GGUF file's architecture is "${name}", which is not supported; ` +
      `supported are ${Object.keys(architectures).join(', ')}`,
  );
}

export function modelFacts({ metadata, tensors }: GgufFile): ModelFacts {
  const prefix = needText(metadata, 'general.architecture');
  const need = (key: string) => needNumber(metadata, `${prefix}.${key}`);
  const number = (key: string) => readNumber(metadata, `${prefix}.${key}`);
  const heads = need('attention.head_count');
  return {
    architecture: prefix,
    layers: need('block_count'),
    positions: need('context_length'),
    hiddenSize: need('embedding_length'),
    feedForward: need('feed_forward_length'),
    heads,
    keyHeads: number('attention.head_count_kv') ?? heads,
    number,
    text: (key) => readText(metadata, `${prefix}.${key}`),
    has: (tensor) => tensors.has(tensor),
  };
}
