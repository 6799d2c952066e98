// The half of a kind of task that is computed: what a batch's answers are as numbers, its loss, and what an evaluation
// gives. Interface only; members are the files `<kind>-program.ts`, their table is task-programs.ts. The half that
// needs no tfjs is task.ts; adapters, head and gradients are put around this by programs.ts.
import type { BaseModel } from '@colora/models/base-model';
import type { ApplyLinear, Batch, Weights } from '@colora/models/model-family';
import type { InputSpec } from '@colora/tfjs-onnx/trace';
import type * as tf from '@tensorflow/tfjs-core';
import type { Inputs } from '../engines/engine.ts';
import type { BatchShape, EncodedExample } from './encoded-example.ts';

export type Tensors = Record<string, tf.Tensor>;

/** One pass through the base model with its adapters, under construction. */
export interface ForwardPass {
  readonly base: BaseModel;
  readonly weights: Weights;
  /** The base model's linear layers, adapters included. */
  readonly linear: ApplyLinear;
  readonly batch: Batch;
  readonly shape: BatchShape;
  /** All inputs of the program by name, those of `targets` and `places` among them. */
  readonly inputs: Tensors;
  /** The task's head on features [N, F]: logits [N, L]. */
  readonly head: (features: tf.Tensor2D) => tf.Tensor2D;
}

export interface TargetShape extends BatchShape {
  /** Weights of single tokens sum to one over the batch (training) instead of counting (evaluation). */
  readonly mean: boolean;
}

export interface TaskProgram {
  /** The inputs that the loss takes beside texts and parameters. `labels`: L, how many the learner has. */
  lossInputs(shape: BatchShape, labels: number): InputSpec[];
  /** The same for `evaluate`. */
  evaluationInputs(shape: BatchShape, labels: number): InputSpec[];
  /** The values of all of those; rows past the examples count for nothing. */
  targets(examples: readonly EncodedExample[], shape: TargetShape, labels: number): Inputs;
  /** The mean over the batch. */
  loss(pass: ForwardPass): tf.Scalar;
  /** What the kind's figures and answers are made of (task.ts). */
  evaluate(pass: ForwardPass): Tensors;
  /** What the head looks at, a row a text [B, F]; null where it isn't one vector a text. */
  readonly features: ((pass: Omit<ForwardPass, 'head'>) => tf.Tensor2D) | null;
}

export function floatInput(name: string, shape: readonly number[]): InputSpec {
  return { name, shape, dtype: 'float32' };
}

export function intInput(name: string, shape: readonly number[]): InputSpec {
  return { name, shape, dtype: 'int32' };
}
