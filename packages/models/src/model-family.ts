// What every model family offers: its config, its weights, and its forward pass as pure functions in tfjs ops.
// Interface only; a family is a file named after its model_type, the table of them is families.ts.
import type { Linear } from '@colora/adapters/layouts';
import type * as tf from '@tensorflow/tfjs-core';

/** Texts as token ids, padded on the right to one length. */
export interface Batch {
  /** int32 [B, T]; padding may hold any valid id. */
  readonly ids: tf.Tensor2D;
  /** float32 [B, T], 1 at a real token, 0 at padding. */
  readonly mask: tf.Tensor2D;
}

/** The base model's tensors by canonical checkpoint name. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** x [N, in] -> x W^T + b, plus the module's adapters: [N, out]. `module` is a weight's name without `.weight`. */
export type ApplyLinear = (x: tf.Tensor2D, module: string) => tf.Tensor2D;

export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** May be absent from a checkpoint; the forward pass then does without. */
  readonly optional?: boolean;
}

/** Keys and values of one layer at C cached positions: [B, keyHeads, C, headSize] each, keys already rotated. */
export interface LayerCache {
  readonly keys: tf.Tensor4D;
  readonly values: tf.Tensor4D;
}

/** T new tokens a text, after C cached ones. */
export interface DecodeInput {
  /** int32 [B, T] */
  readonly ids: tf.Tensor2D;
  /** int32 [B, T], the new tokens' positions in their texts; any valid one at padding. */
  readonly positions: tf.Tensor2D;
  /** float32 [B, C + T]: 1 where a cached or a new position holds a real token, 0 at padding and unused slots. */
  readonly mask: tf.Tensor2D;
  /** One a layer, slots in the order of their tokens; empty where nothing is cached (C = 0). */
  readonly cache: readonly LayerCache[];
}

export interface Decoded {
  /** [B * T, d] after the final norm; logits = project(hidden). Rows of padding hold no meaning. */
  readonly hidden: tf.Tensor2D;
  /** Of the new tokens only: [B, keyHeads, T, headSize], one a layer. */
  readonly cache: readonly LayerCache[];
}

/** What a cache looks like, for who allocates it. */
export interface CacheShape {
  readonly layers: number;
  readonly keyHeads: number;
  readonly headSize: number;
}

/** Classifies texts. */
export interface Encoder<Config = unknown> {
  /** One vector a text: [B, featureSize]. */
  features(config: Config, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D;
  featureSize(config: Config): number;
}

/** Labels tokens. */
export interface TokenEncoder<Config = unknown> {
  /** One vector a token: [B * T, stateSize]. Rows of padding hold no meaning. */
  states(config: Config, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D;
  stateSize(config: Config): number;
}

/** Predicts the next token: a causal language model. V is the size of the vocabulary, d the width of a state. */
export interface Decoder<Config = unknown> {
  /** The input embedding's name among the weights; it is the output embedding too where no other one is. */
  readonly embedding: string;
  /** The next token's scores at every place of the texts: [B * T, V]. */
  logits(config: Config, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D;
  /** The same in two halves, for losses over some rows or chunks only: logits = project(hidden). [B * T, d] */
  hidden(config: Config, weights: Weights, linear: ApplyLinear, batch: Batch): tf.Tensor2D;
  /** [N, d] -> [N, V] */
  project(config: Config, weights: Weights, hidden: tf.Tensor2D): tf.Tensor2D;
  /** project(x) = x outputMatrix^T. [V, d] */
  outputMatrix(config: Config, weights: Weights): tf.Tensor2D;

  /**
   * One step of generation: the states of new tokens, which attend to the cached ones and causally to each other.
   * In one go or token by token, the states are those of the full pass. C and T are static: a caller keeps a cache
   * of fixed capacity and masks what it has not filled.
   */
  decode(config: Config, weights: Weights, linear: ApplyLinear, input: DecodeInput): Decoded;
  cacheShape(config: Config): CacheShape;
}

/**
 * A family of base models. Forward passes are traced by the ONNX compiler: functional tfjs-core ops only, static
 * shapes, no reading of values. They know nothing of adapters (ApplyLinear brings those) nor of gradients.
 */
export interface ModelFamily<Config = unknown> {
  readonly modelType: string;
  /** Reads config.json; throws ModelError `bad-config` naming the field. */
  parseConfig(json: unknown): Config;
  weights(config: Config): WeightSpec[];
  /** Other names under which a checkpoint may hold this weight, tried in order. */
  otherNames?(name: string): string[];
  /** The modules that can be adapted. */
  linears(config: Config): Linear[];
  /** The longest sequence the positions allow. */
  tokenLimit(config: Config): number;
  vocabularySize(config: Config): number;

  // What its models compute; a family has at least one of them.
  readonly encoder?: Encoder<Config>;
  readonly tokenEncoder?: TokenEncoder<Config>;
  readonly decoder?: Decoder<Config>;
}
