// Turns a tfjs function, gradients included, into a graph by calling it once with tensors that record what is
// done to them. Rewriting the graph and writing it as ONNX are elsewhere.
import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from './gradients.ts';
import { type ExternalTensor, type Graph, newValue, type Value } from './graph.ts';
import { simplify } from './passes/optimise.ts';
import { Recorder } from './recorder.ts';
import { backendName, registerTraceKernels, TraceBackend } from './trace-backend.ts';
import { TraceError } from './trace-error.ts';

export interface InputSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

type TracedFunction = (
  inputs: Record<string, tf.Tensor>,
  externals: Record<string, tf.Tensor>,
) => Record<string, tf.Tensor>;

let kernelsRegistered = false;

/**
 * The graph of `fn`: every tf operation it does, as recorded, nothing left out or rewritten yet.
 *
 * `fn` runs once, synchronously, on tensors without data; it may call tf.grads, tf.variableGrads and the like.
 * Numbers it makes (and random numbers it draws) become constants of the graph; tensors made before, on any
 * backend, are read and become constants too. Control flow in JavaScript is unrolled as it went.
 *
 * Throws TraceError where a kernel isn't supported (with its name and the place of the call), where data of a
 * traced tensor is read, where two inputs or externals have one name, where an output isn't a tensor. The
 * backend in use before is in use again afterwards, also after an error.
 */
export function recordFunction(
  inputs: readonly InputSpec[],
  externals: readonly ExternalTensor[],
  fn: TracedFunction,
): Graph {
  checkNames(
    inputs.map(({ name }) => name),
    'input',
  );
  checkNames(
    externals.map(({ name }) => name),
    'external tensor',
  );
  const recorder = new Recorder();
  const backend = new TraceBackend(recorder);
  const outputs = withBackend(backend, () => {
    const given: Record<string, tf.Tensor> = {};
    for (const { name, shape, dtype } of inputs) {
      const value = newValue(shape, dtype);
      recorder.inputs.push({ name, value });
      given[name] = tensorOf(backend, value);
    }
    const weights: Record<string, tf.Tensor> = {};
    for (const tensor of externals) {
      const value = newValue(tensor.shape, 'float32');
      recorder.externals.push({ value, tensor });
      weights[tensor.name] = tensorOf(backend, value);
    }
    return outputValues(recorder, fn(given, weights));
  });
  return { ...pick(recorder), outputs };
}

function pick({ inputs, externals, constants, nodes }: Recorder): Omit<Graph, 'outputs'> {
  return { inputs, externals, constants, nodes };
}

function tensorOf(backend: TraceBackend, value: Value): tf.Tensor {
  const info = { dataId: backend.dataIdOf(value), shape: [...value.shape], dtype: value.dtype };
  return tf.engine().makeTensorFromTensorInfo(info);
}

function outputValues(recorder: Recorder, outputs: Record<string, tf.Tensor>): Graph['outputs'] {
  return Object.entries(outputs).map(([name, tensor]) => {
    if (!(tensor instanceof tf.Tensor)) throw new TraceError(`output ${name} isn't a tensor`);
    const known = recorder.valueOf(tensor.dataId, tensor.shape);
    if (known === undefined) throw new TraceError(`output ${name} is no result of traced operations`);
    return { name, value: known };
  });
}

function checkNames(names: readonly string[], what: string): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new TraceError(`two of the ${what}s are called ${twice}`);
}

/** Runs `work` on the backend and leaves no trace of it: no tensors, no variables, the old backend in use. */
function withBackend<T>(backend: TraceBackend, work: () => T): T {
  if (!kernelsRegistered) registerTraceKernels();
  registerGradients();
  kernelsRegistered = true;
  const engine = tf.engine();
  const previous = engine.backendName as string | null;
  if (previous === backendName) throw new TraceError('traces of functions cannot be nested');
  const variables = new Set(Object.keys(engine.registeredVariables));
  tf.registerBackend(backendName, () => backend, 0);
  void tf.setBackend(backendName);
  try {
    let result: T | undefined;
    tf.tidy(() => {
      result = work();
    });
    return result as T;
  } finally {
    for (const [name, variable] of Object.entries(engine.registeredVariables)) {
      if (!variables.has(name)) variable.dispose();
    }
    tf.removeBackend(backendName);
    if (previous) void tf.setBackend(previous);
  }
}

/** recordFunction, then everything dropped, merged and simplified that can be. */
export function traceFunction(
  inputs: readonly InputSpec[],
  externals: readonly ExternalTensor[],
  fn: TracedFunction,
): Graph {
  return simplify(recordFunction(inputs, externals, fn));
}
