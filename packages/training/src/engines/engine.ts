// What an engine is: it compiles programs (pure functions in tfjs ops over a base model's weights) and runs them.
// Interface only; the members are onnx-engine.ts and tfjs-engine.ts, and choose-engine.ts picks one.
import type { BaseModel } from '@colora/models/base-model';
import type { Weights } from '@colora/models/model-family';
import type { Tensor } from '@colora/tensors/tensor';
import type { FreeAxis } from '@colora/tfjs-onnx/onnx/free-sizes';
import type { InputSpec } from '@colora/tfjs-onnx/trace';
import type * as tf from '@tensorflow/tfjs-core';

export type Inputs = Readonly<Record<string, Float32Array | Int32Array>>;
export type Outputs = Record<string, Tensor>;

export interface Program {
  /** Equal keys mean equal programs: engines compile a key once. */
  readonly key: string;
  /** Where its weights lie. */
  readonly base: Pick<BaseModel, 'weightsFolder' | 'weights'>;
  readonly inputs: readonly InputSpec[];
  /** The inputs that change between two runs on the same examples: adapters, heads, targets. */
  readonly varying: ReadonlySet<string>;
  /** Examples a run; tensors computed from the other inputs are laid out example by example. */
  readonly batch: number;
  /** The output that ends the forward pass, where others are its gradients. */
  readonly loss?: string;
  /** Activations are computed again for the backward pass, also where the engine keeps them otherwise. Part of the key. */
  readonly recompute?: true;
  /**
   * Run once a token, on few rows: weights are packed once for fast products, however large, and buffers are kept.
   * Otherwise weights beyond some size are used as they lie in their file.
   */
  readonly packed?: boolean;
  /** Sizes that each run chooses by the inputs it gives: the program is compiled once for all of them. */
  readonly free?: FreeSizes;
  readonly build: (inputs: Record<string, tf.Tensor>, weights: Weights) => Record<string, tf.Tensor>;
}

export interface FreeSizes {
  /** Each is the only free one among its input's. */
  readonly axes: readonly FreeAxis[];
  /** The program at these sizes, in the order of `axes`; all inputs vary. */
  readonly at: (sizes: readonly number[]) => Program;
}

export interface CompiledProgram {
  /**
   * Runs once. `exampleKeys`, one a batch row, name the content of the inputs that are not varying: what depends on
   * those alone may be kept by key and not computed again. Outputs belong to the caller.
   */
  run(inputs: Inputs, exampleKeys?: readonly string[]): Promise<Outputs>;
}

/** Bytes. */
export interface MemoryNeed {
  /** Of weights, mapped from their file and shared by processes. */
  readonly weights: number;
  /** Of everything else at the worst moment. */
  readonly step: number;
}

export interface Engine {
  readonly name: 'onnx' | 'tfjs';
  readonly device: string;
  /** What weights of 16 bits have to be for the device to read them itself; undefined: either, or it is not known to. */
  readonly half?: 'F16';
  compile(program: Program): Promise<CompiledProgram>;
  /** What a run of the program takes; undefined where that can't be known. */
  memoryOf?(program: Program): MemoryNeed;
  dispose(): Promise<void>;
}
