// The programs of a learner: loss with gradients for one phase, and evaluation. Model, adapters, head and what the kind
// of task computes are put together here as one function in tfjs ops; engines run it, compiled or eagerly.
import { makeApplyLinear } from '@colora/models/blocks/adapted-linear';
import type { Weights } from '@colora/models/model-family';
import { taskKindTable } from '@colora/protocol/task-kinds';
import type { InputSpec } from '@colora/tfjs-onnx/trace';
import * as tf from '@tensorflow/tfjs-core';
import type { Program } from '../engines/engine.ts';
import type { BatchShape } from '../tasks/encoded-example.ts';
import { type ForwardPass, floatInput, intInput, type Tensors } from '../tasks/task-program.ts';
import { taskProgramOf } from '../tasks/task-programs.ts';
import { TrainingError } from '../training-error.ts';
import type { ModelParts } from './model-parts.ts';

/** Whose tensors a phase trains, and in which order they come. */
export const phaseOwners = {
  shared: ['shared'],
  personal: ['personal'],
  joint: ['shared', 'personal'],
} as const;

export type PhaseName = keyof typeof phaseOwners;

/** Who may own what is trained: a head, an adapter's factor. */
type TrainedOwner = (typeof phaseOwners)[PhaseName][number];

/** Outputs `loss` [] and `gradient:<input>` for every input that the phase trains. */
export function trainingProgram(parts: ModelParts, phase: PhaseName, shape: BatchShape): Program {
  const trained = trainedInputs(parts, phase);
  const { lossInputs, loss } = taskProgramOf(parts.settings.task);
  const varying = [...parameterSpecs(parts), ...lossInputs(shape, parts.labels.length)];
  return {
    loss: 'loss',
    ...program(parts, shape, `train-${phase}`, varying, (inputs, weights) => {
      const lossOf = (...values: tf.Tensor[]) => {
        const current = { ...inputs, ...Object.fromEntries(trained.map((name, i) => [name, values[i]!])) };
        return loss(forwardPass(parts, shape, current, weights));
      };
      const { value, grads } = tf.valueAndGrads(lossOf)(trained.map((name) => inputs[name]!));
      const gradients = trained.map((name, i) => [`gradient:${name}`, grads[i]!] as const);
      return { loss: value, ...Object.fromEntries(gradients) };
    }),
  };
}

/** Outputs what the task's kind makes its figures of (task-program.ts). */
export function evaluationProgram(parts: ModelParts, shape: BatchShape): Program {
  const { evaluationInputs, evaluate } = taskProgramOf(parts.settings.task);
  const varying = [...parameterSpecs(parts), ...evaluationInputs(shape, parts.labels.length)];
  return program(parts, shape, 'evaluate', varying, (inputs, weights) =>
    evaluate(forwardPass(parts, shape, inputs, weights)),
  );
}

/**
 * Output `features` [B, F], what a head would look at: no head goes in. Throws TrainingError `wrong-task` where the task's
 * head looks at something else than one vector a text.
 */
export function featuresProgram(parts: ModelParts, shape: BatchShape): Program {
  const { features } = taskProgramOf(parts.settings.task);
  if (features === null) {
    const { name } = taskKindTable[parts.settings.task.kind];
    throw new TrainingError('wrong-task', `${name} has no vector for a whole text`);
  }
  return program(parts, shape, 'features', adapterSpecs(parts), (inputs, weights) => ({
    features: features(forwardPass(parts, shape, inputs, weights)),
  }));
}

/** The inputs that a phase trains, in canonical order, owner by owner: adapters module by module, then the head. */
function trainedInputs(parts: ModelParts, phase: PhaseName): string[] {
  return phaseOwners[phase].flatMap((owner) => {
    const adapters = parts.adapters.filter((tensor) => tensor.owner === owner).map((tensor) => tensor.name);
    if (parts.head[owner].length === 0) return adapters;
    const prefix = headPrefix(owner);
    return [...adapters, `${prefix}weight`, `${prefix}bias`];
  });
}

/** Stacked heads are the inputs `shared-head:weight`, `shared-head:bias` and the same for `personal-head`. */
export function headPrefix(owner: TrainedOwner): string {
  return `${owner}-head:`;
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
  const { ownership, scale } = parts.head;
  const taskKey = ownership === null ? [task.kind] : [task.kind, scale, ownership, parts.labels.length];
  const modules = parts.modules.map((module) => module.name);
  const { layout, rank, alpha, personalRank, personalAlpha } = adapter;
  const adapterKey = modules.length === 0 ? [] : [layout, rank, alpha, personalRank, personalAlpha, modules];
  return {
    key: JSON.stringify([
      parts.base.weightsFolder,
      parts.base.fingerprint,
      kind,
      size,
      tokens,
      targets,
      taskKey,
      adapterKey,
    ]),
    base: parts.base,
    inputs: [intInput('ids', [size, tokens]), floatInput('mask', [size, tokens]), ...varying],
    varying: new Set(varying.map((spec) => spec.name)),
    batch: size,
    build,
  };
}

function parameterSpecs(parts: ModelParts): InputSpec[] {
  const { labels, featureSize, head } = parts;
  const heads = phaseOwners.joint
    .filter((owner) => head[owner].length > 0)
    .flatMap((owner) => [
      floatInput(`${headPrefix(owner)}weight`, [labels.length, featureSize]),
      floatInput(`${headPrefix(owner)}bias`, [labels.length]),
    ]);
  return [...adapterSpecs(parts), ...heads];
}

function adapterSpecs({ adapters }: ModelParts): InputSpec[] {
  return adapters.map(({ name, shape }) => floatInput(name, shape));
}

function forwardPass(parts: ModelParts, shape: BatchShape, inputs: Tensors, weights: Weights): ForwardPass {
  return {
    base: parts.base,
    weights,
    linear: makeApplyLinear(weights, parts.settings.adapter, parts.modules, inputs),
    batch: { ids: inputs.ids as tf.Tensor2D, mask: inputs.mask as tf.Tensor2D },
    shape,
    inputs,
    head: (features) => logitsOf(parts, inputs, features),
  };
}

/** scale (W f + b), summed over the heads there are: features [N, F] -> [N, L] */
function logitsOf(parts: ModelParts, inputs: Tensors, features: tf.Tensor2D): tf.Tensor2D {
  const sums = phaseOwners.joint
    .filter((owner) => parts.head[owner].length > 0)
    .map((owner) => {
      const weight = inputs[`${headPrefix(owner)}weight`] as tf.Tensor2D;
      return tf.add<tf.Tensor2D>(
        tf.matMul(features, weight, false, true),
        inputs[`${headPrefix(owner)}bias`]!,
      );
    });
  const total = sums.reduce((left, right) => tf.add(left, right));
  return tf.mul(total, parts.head.scale);
}
