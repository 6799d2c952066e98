// What a rotary decoder is made of, as data: the same block serves llama, mistral, qwen2, qwen3 and gemma3_text.
// The fields that all of them read alike are read here; each family adds its own. The block is rotary-decoder.ts.
import {
  assertDivides,
  type ConfigObject,
  flagField,
  layersField,
  positiveField,
  sizeField,
  wrongField,
} from '../config-fields.ts';
import { type Frequencies, rotaryFrequencies } from './rotary-frequencies.ts';

export interface RotaryLayer {
  readonly frequencies: Frequencies;
  /** A token attends to itself and the window - 1 tokens before it; undefined: to all before it. */
  readonly window: number | undefined;
}

export interface RotaryDecoder {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: readonly RotaryLayer[];
  readonly heads: number;
  /** Heads of keys and values; each serves heads / keyHeads query heads. */
  readonly keyHeads: number;
  readonly headSize: number;
  readonly positions: number;
  /** Of the root-mean-square norms. */
  readonly eps: number;
  /** The output embedding is the input embedding. */
  readonly tied: boolean;
  /** Of the gated feed-forward: SwiGLU or GeGLU (arXiv 2002.05202). */
  readonly activation: 'silu' | 'gelu_pytorch_tanh';
  /** The last parts of the names of linear layers that have a bias. */
  readonly biased: readonly string[];
  /** Each head of queries and keys is normalised before it is rotated (`q_norm`, `k_norm`). */
  readonly queryKeyNorm: boolean;
  /** Attention scores are multiplied by it. */
  readonly scoreScale: number;
  /** Embeddings are multiplied by it. */
  readonly embeddingScale: number;
  /** What attention and feed-forward give is normalised too before it is added; norms multiply by 1 + gain. */
  readonly gemmaNorms: boolean;
}

export const attentionRoles = ['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const;
export const feedForwardRoles = ['gate_proj', 'up_proj', 'down_proj'] as const;

/** Where families' defaults differ (they are those of transformers' config classes). */
interface RotaryDefaults {
  readonly keyHeads?: number;
  readonly headSize?: number;
  readonly positions: number;
  readonly tied?: boolean;
  /** Layers' frequencies are read by the family itself. */
  readonly ownFrequencies?: boolean;
}

/** A llama-like decoder without biases, norms of queries, windows or scales of its own. */
export function readRotaryDecoder(config: ConfigObject, defaults: RotaryDefaults): RotaryDecoder {
  const heads = sizeField(config, 'num_attention_heads');
  const keyHeads = sizeField(config, 'num_key_value_heads', defaults.keyHeads ?? heads);
  if (heads % keyHeads !== 0) {
    throw wrongField('num_key_value_heads', keyHeads, `a divisor of num_attention_heads (${heads})`);
  }
  const headSize = readHeadSize(config, heads, defaults.headSize);
  const frequencies = defaults.ownFrequencies === true ? [] : rotaryFrequencies(config, headSize);
  const layer = { frequencies, window: undefined };
  return {
    vocabularySize: sizeField(config, 'vocab_size'),
    hiddenSize: sizeField(config, 'hidden_size'),
    intermediateSize: sizeField(config, 'intermediate_size'),
    layers: Array.from({ length: layersField(config, 'num_hidden_layers') }, () => layer),
    heads,
    keyHeads,
    headSize,
    positions: sizeField(config, 'max_position_embeddings', defaults.positions),
    eps: positiveField(config, 'rms_norm_eps', 1e-6),
    tied: flagField(config, 'tie_word_embeddings', defaults.tied ?? false),
    activation: 'silu',
    biased: [],
    queryKeyNorm: false,
    scoreScale: headSize ** -0.5,
    embeddingScale: 1,
    gemmaNorms: false,
  };
}

function readHeadSize(config: ConfigObject, heads: number, fallback: number | undefined): number {
  const isGiven = config.head_dim !== undefined && config.head_dim !== null;
  if (!isGiven && fallback === undefined) assertDivides(config, 'num_attention_heads', 'hidden_size');
  const size = sizeField(config, 'head_dim', fallback ?? sizeField(config, 'hidden_size') / heads);
  if (size % 2 !== 0) throw wrongField('head_dim', size, 'even, for rotary positions');
  return size;
}
