// The programs of a learner: loss with gradients for one phase, and evaluation. Model, adapters, head and loss are
// put together here as one function in tfjs ops; engines run it, compiled or eagerly.
import { makeApplyLinear } from '@colora/models/blocks/adapted-linear';
import type { ApplyLinear, Batch, Weights } from '@colora/models/model-family';
import type { InputSpec } from '@colora/tfjs-onnx/trace';
import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '../engines/cross-entropy.ts';
import type { Program } from '../engines/engine.ts';
import { decoderOf, encoderOf, tokenEncoderOf } from './model-outputs.ts';
import type { ModelParts } from './model-parts.ts';
import { vocabularyLoss, vocabularyScores } from './vocabulary-loss.ts';

export type Phase = 'personal' | 'shared';

/** Examples a batch and tokens an example. */
export interface BatchShape {
  readonly size: number;
  readonly tokens: number;
  /** R, the most tokens of an example that count as targets; 0 for a classification of texts. */
  readonly targets: number;
}

type Tensors = Record<string, tf.Tensor>;

/** Outputs `loss` [] and `gradient:<input>` for every input that the phase trains. */
export function trainingProgram(parts: ModelParts, phase: Phase, shape: BatchShape): Program {
  const trained = trainedInputs(parts, phase);
  const specs = parameterSpecs(parts);
  const varying = [...specs, ...targetSpecs(parts, shape)];
  return {
    loss: 'loss',
    ...program(parts, shape, `train-${phase}`, varying, (inputs, weights) => {
      const lossOf = (...values: tf.Tensor[]) => {
        const current = { ...inputs, ...Object.fromEntries(trained.map((name, i) => [name, values[i]!])) };
        return meanLoss(parts, current, weights);
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(trained.map((name) => inputs[name]!));
      const gradients = trained.map((name, i) => [`gradient:${name}`, grads[i]!] as const);
      return { loss: value, ...Object.fromEntries(gradients) };
    }),
  };
}

/** Classification: `logits` [B, L], of tokens [B * R, L]. Language model: `losses` and `hits`, sums over the weighted tokens, [B] each. */
export function evaluationProgram(parts: ModelParts, shape: BatchShape): Program {
  const specs = parameterSpecs(parts);
  const { kind } = parts.settings.task;
  if (kind !== 'causal-lm') {
    const varying = kind === 'classification' ? specs : [...specs, rowsSpec(shape)];
    return program(parts, shape, 'evaluate', varying, (inputs, weights) => ({
      logits: classify(parts, inputs, weights),
    }));
  }
  return program(parts, shape, 'evaluate', [...specs, ...targetSpecs(parts, shape)], (inputs, weights) => {
    const scores = vocabularyScores(...targeted(parts, inputs, weights));
    const sums = (values: tf.Tensor) =>
      tf.sum(tf.reshape(tf.mul(values, inputs.weights!), [shape.size, shape.targets]), 1);
    return { losses: sums(scores.losses), hits: sums(scores.hits) };
  });
}

/** The inputs that a phase trains, in canonical order: adapters module by module, then the head. */
export function trainedInputs(parts: ModelParts, phase: Phase): string[] {
  const adapters = parts.adapters.filter((tensor) => tensor.owner === phase).map((tensor) => tensor.name);
  if (parts.head[phase].length === 0) return adapters;
  const prefix = headPrefix(phase);
  return [...adapters, `${prefix}weight`, `${prefix}bias`];
}

/** Stacked heads are the inputs `shared-head:weight`, `shared-head:bias` and the same for `personal-head`. */
export function headPrefix(phase: Phase): string {
  return `${phase}-head:`;
}

type Build = Program['build'];

function program(
  parts: ModelParts,
  { size, tokens, targets }: BatchShape,
  kind: string,
  varying: readonly InputSpec[],
  build: Build,
): Program {
  const { adapter, task } = parts.settings;
  const taskKey =
    task.kind === 'causal-lm' ? [task.kind] : [task.kind, task.headScale, task.head, parts.labels.length];
  const modules = parts.modules.map((module) => module.name);
  const { layout, rank, alpha, personalRank, personalAlpha } = adapter;
  const adapterKey = modules.length === 0 ? [] : [layout, rank, alpha, personalRank, personalAlpha, modules];
  return {
    key: JSON.stringify([
      parts.base.folder,
      parts.base.fingerprint,
      kind,
      size,
      tokens,
      targets,
      taskKey,
      adapterKey,
    ]),
    base: parts.base,
    inputs: [
      { name: 'ids', shape: [size, tokens], dtype: 'int32' },
      { name: 'mask', shape: [size, tokens], dtype: 'float32' },
      ...varying,
    ],
    varying: new Set(varying.map((spec) => spec.name)),
    batch: size,
    build,
  };
}

function parameterSpecs(parts: ModelParts): InputSpec[] {
  const { labels, featureSize, head } = parts;
  const heads = (['shared', 'personal'] as const)
    .filter((owner) => head[owner].length > 0)
    .flatMap((owner) => [
      spec(`${headPrefix(owner)}weight`, [labels.length, featureSize]),
      spec(`${headPrefix(owner)}bias`, [labels.length]),
    ]);
  return [...parts.adapters.map(({ name, shape }) => spec(name, shape)), ...heads];
}

function targetSpecs(parts: ModelParts, shape: BatchShape): InputSpec[] {
  const labels = parts.labels.length;
  const places = shape.size * shape.targets;
  switch (parts.settings.task.kind) {
    case 'classification':
      return [spec('targets', [shape.size, labels])];
    case 'token-classification':
      return [rowsSpec(shape), spec('targets', [places, labels]), spec('weights', [places])];
    case 'causal-lm':
      return [
        rowsSpec(shape),
        { name: 'targets', shape: [places], dtype: 'int32' },
        spec('weights', [places]),
      ];
  }
}

function rowsSpec({ size, targets }: BatchShape): InputSpec {
  return { name: 'rows', shape: [size * targets], dtype: 'int32' };
}

function spec(name: string, shape: readonly number[]): InputSpec {
  return { name, shape, dtype: 'float32' };
}

function meanLoss(parts: ModelParts, inputs: Tensors, weights: Weights): tf.Scalar {
  const { kind } = parts.settings.task;
  // the weights of a training batch sum to one
  if (kind === 'causal-lm') {
    return vocabularyLoss(...targeted(parts, inputs, weights), inputs.weights as tf.Tensor1D);
  }
  const losses = softmaxCrossEntropy(classify(parts, inputs, weights), inputs.targets as tf.Tensor2D);
  return kind === 'classification' ? tf.mean(losses) : tf.sum(tf.mul(losses, inputs.weights!));
}

/** logits = headScale (W f + b), summed over the heads there are. [B, L], of tokens [B * R, L] */
function classify(parts: ModelParts, inputs: Tensors, weights: Weights): tf.Tensor2D {
  const { task } = parts.settings;
  const features = headInputs(parts, inputs, weights);
  const sums = (['shared', 'personal'] as const)
    .filter((owner) => parts.head[owner].length > 0)
    .map((owner) => {
      const weight = inputs[`${headPrefix(owner)}weight`] as tf.Tensor2D;
      return tf.add<tf.Tensor2D>(
        tf.matMul(features, weight, false, true),
        inputs[`${headPrefix(owner)}bias`]!,
      );
    });
  const total = sums.reduce((left, right) => tf.add(left, right));
  return tf.mul(total, task.kind === 'causal-lm' ? 1 : task.headScale);
}

/** What the head looks at: a vector a text [B, F], or the states of the words' first tokens [B * R, F] */
function headInputs(parts: ModelParts, inputs: Tensors, weights: Weights): tf.Tensor2D {
  const { base, settings } = parts;
  const linear = applyLinear(parts, inputs, weights);
  if (settings.task.kind === 'classification')
    return encoderOf(base).features(base.config, weights, linear, batchOf(inputs));
  const states = tokenEncoderOf(base).states(base.config, weights, linear, batchOf(inputs));
  return tf.gather(states, inputs.rows as tf.Tensor1D);
}

/**
 * States of the positions whose next token counts [B * R, d], and of no others, since a completion is a few tokens of a
 * text; the vocabulary's matrix [V, d] that scores them; the tokens that are right [B * R].
 */
function targeted(
  parts: ModelParts,
  inputs: Tensors,
  weights: Weights,
): [states: tf.Tensor2D, matrix: tf.Tensor2D, tokens: tf.Tensor1D] {
  const { config } = parts.base;
  const decoder = decoderOf(parts.base);
  const states = decoder.hidden(config, weights, applyLinear(parts, inputs, weights), batchOf(inputs));
  const rows: tf.Tensor2D = tf.gather(states, inputs.rows as tf.Tensor1D);
  return [rows, decoder.outputMatrix(config, weights), inputs.targets as tf.Tensor1D];
}

function applyLinear(parts: ModelParts, inputs: Tensors, weights: Weights): ApplyLinear {
  return makeApplyLinear(weights, parts.settings.adapter, parts.modules, inputs);
}

function batchOf(inputs: Tensors): Batch {
  return { ids: inputs.ids as tf.Tensor2D, mask: inputs.mask as tf.Tensor2D };
}
