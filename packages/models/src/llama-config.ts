// The fields of a llama config.json that the forward pass needs, and clear refusals of variants it doesn't know.
// No weights and no computation here: those are llama.ts.
import {
  asConfigObject,
  assertDivides,
  type ConfigObject,
  choiceField,
  flagField,
  positiveField,
  sizeField,
  wrongField,
} from './config-fields.ts';

export interface LlamaConfig {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  /** Heads of keys and values; each serves heads / keyHeads query heads. */
  readonly keyHeads: number;
  readonly headSize: number;
  readonly positions: number;
  readonly eps: number;
  /** Base of the rotary frequencies. */
  readonly theta: number;
  /** The output embedding is the input embedding. */
  readonly tied: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
}

/** Defaults are those of transformers' LlamaConfig. */
export function parseLlamaConfig(json: unknown): LlamaConfig {
  const config = asConfigObject(json);
  choiceField(config, 'hidden_act', ['silu'], 'silu');
  const heads = sizeField(config, 'num_attention_heads');
  const keyHeads = sizeField(config, 'num_key_value_heads', heads);
  if (heads % keyHeads !== 0) {
    throw wrongField('num_key_value_heads', keyHeads, `a divisor of num_attention_heads (${heads})`);
  }
  const hiddenSize = sizeField(config, 'hidden_size');
  if (config.head_dim === undefined || config.head_dim === null) {
    assertDivides(config, 'num_attention_heads', 'hidden_size');
  }
  const headSize = sizeField(config, 'head_dim', hiddenSize / heads);
  if (headSize % 2 !== 0) throw wrongField('head_dim', headSize, 'even, for rotary positions');
  return {
    vocabularySize: sizeField(config, 'vocab_size'),
    hiddenSize,
    intermediateSize: sizeField(config, 'intermediate_size'),
    layers: sizeField(config, 'num_hidden_layers'),
    heads,
    keyHeads,
    headSize,
    positions: sizeField(config, 'max_position_embeddings', 2048),
    eps: positiveField(config, 'rms_norm_eps', 1e-6),
    theta: rotaryBase(config),
    tied: flagField(config, 'tie_word_embeddings', false),
    attentionBias: flagField(config, 'attention_bias', false),
    mlpBias: flagField(config, 'mlp_bias', false),
  };
}

/** `rope_theta` beside `rope_scaling`, or (transformers 5) both within `rope_parameters`; only plain frequencies. */
function rotaryBase(config: ConfigObject): number {
  for (const field of ['rope_scaling', 'rope_parameters']) {
    const scaling = config[field];
    if (scaling === undefined || scaling === null) continue;
    const settings = asConfigObject(scaling);
    const kind = settings.rope_type ?? settings.type ?? 'default';
    if (kind !== 'default') {
      throw wrongField(
        field,
        scaling,
        'null or of rope_type "default": scaled positions are not supported yet',
      );
    }
    if (settings.rope_theta !== undefined) return positiveField(settings, 'rope_theta');
  }
  return positiveField(config, 'rope_theta', 10_000);
}
