// The programs of a learner: loss with gradients for one phase, and evaluation. Model, adapters, head and loss are
// put together here as one function in tfjs ops; engines run it, compiled or eagerly.
import { makeApplyLinear } from '@colora/models/adapted-linear';
import type { ApplyLinear, Batch, Weights } from '@colora/models/model-family';
import type { InputSpec } from '@colora/tfjs-onnx/trace';
import * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy, tokenCrossEntropy, tokenHits } from './cross-entropy.ts';
import type { Program } from './engine.ts';
import type { ModelParts } from './model-parts.ts';

export type Phase = 'personal' | 'shared';

/** Examples a batch and tokens an example. */
export interface BatchShape {
  readonly size: number;
  readonly tokens: number;
  /** Language model: R, the most tokens of an example that count as targets; 0 for a classification. */
  readonly targets: number;
}

type Tensors = Record<string, tf.Tensor>;

/** Outputs `loss` [] and `gradient:<input>` for every input that the phase trains. */
export function trainingProgram(parts: ModelParts, phase: Phase, shape: BatchShape): Program {
  const trained = trainedInputs(parts, phase);
  const specs = parameterSpecs(parts);
  return program(
    parts,
    shape,
    `train-${phase}`,
    [...specs, ...targetSpecs(parts, shape)],
    (inputs, weights) => {
      const lossOf = (...values: tf.Tensor[]) => {
        const current = { ...inputs, ...Object.fromEntries(trained.map((name, i) => [name, values[i]!])) };
        return meanLoss(parts, current, weights);
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(trained.map((name) => inputs[name]!));
      const gradients = trained.map((name, i) => [`gradient:${name}`, grads[i]!] as const);
      return { loss: value, ...Object.fromEntries(gradients) };
    },
  );
}

/** Classification: `logits` [B, L]. Language model: `losses` and `hits`, sums over the weighted tokens, [B] each. */
export function evaluationProgram(parts: ModelParts, shape: BatchShape): Program {
  const specs = parameterSpecs(parts);
  if (parts.settings.task.kind === 'classification') {
    return program(parts, shape, 'evaluate', specs, (inputs, weights) => ({
      logits: classify(parts, inputs, weights),
    }));
  }
  return program(parts, shape, 'evaluate', [...specs, ...targetSpecs(parts, shape)], (inputs, weights) => {
    const logits = score(parts, inputs, weights);
    const targets = inputs.targets as tf.Tensor1D;
    const sums = (values: tf.Tensor) =>
      tf.sum(tf.reshape(tf.mul(values, inputs.weights!), [shape.size, shape.targets]), 1);
    return { losses: sums(tokenCrossEntropy(logits, targets)), hits: sums(tokenHits(logits, targets)) };
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
    task.kind === 'classification'
      ? [task.kind, task.headScale, task.head, parts.labels.length]
      : [task.kind];
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

function targetSpecs(parts: ModelParts, { size, targets }: BatchShape): InputSpec[] {
  if (parts.settings.task.kind === 'classification') return [spec('targets', [size, parts.labels.length])];
  const shape = [size * targets];
  return [
    { name: 'rows', shape, dtype: 'int32' },
    { name: 'targets', shape, dtype: 'int32' },
    spec('weights', shape),
  ];
}

function spec(name: string, shape: readonly number[]): InputSpec {
  return { name, shape, dtype: 'float32' };
}

function meanLoss(parts: ModelParts, inputs: Tensors, weights: Weights): tf.Scalar {
  if (parts.settings.task.kind === 'classification') {
    return tf.mean(softmaxCrossEntropy(classify(parts, inputs, weights), inputs.targets as tf.Tensor2D));
  }
  // the weights of a training batch sum to one
  const losses = tokenCrossEntropy(score(parts, inputs, weights), inputs.targets as tf.Tensor1D);
  return tf.sum(tf.mul(losses, inputs.weights!));
}

/** logits = headScale (W f + b), summed over the heads there are. [B, L] */
function classify(parts: ModelParts, inputs: Tensors, weights: Weights): tf.Tensor2D {
  const { task } = parts.settings;
  const { family, config } = parts.base;
  const features = family.features!(config, weights, applyLinear(parts, inputs, weights), batchOf(inputs));
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
  return tf.mul(total, task.kind === 'classification' ? task.headScale : 1);
}

/**
 * Scores of the positions whose next token counts, and of no others: a completion is a few tokens of a text, and the
 * vocabulary is a model's widest matrix. [B * R, V]
 */
function score(parts: ModelParts, inputs: Tensors, weights: Weights): tf.Tensor2D {
  const { family, config } = parts.base;
  const states = family.hidden!(config, weights, applyLinear(parts, inputs, weights), batchOf(inputs));
  return family.project!(config, weights, tf.gather(states, inputs.rows as tf.Tensor1D));
}

function applyLinear(parts: ModelParts, inputs: Tensors, weights: Weights): ApplyLinear {
  return makeApplyLinear(weights, parts.settings.adapter, parts.modules, inputs);
}

function batchOf(inputs: Tensors): Batch {
  return { ids: inputs.ids as tf.Tensor2D, mask: inputs.mask as tf.Tensor2D };
}
