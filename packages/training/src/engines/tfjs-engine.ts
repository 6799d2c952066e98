// The engine that runs programs eagerly with tfjs: on tfjs-node-gpu or tfjs-node where a user has installed one,
// else on tfjs's own wasm or cpu backend. Nothing is compiled and no prefix is kept; it is the reference.
import { join } from 'node:path';
import { openSafetensors, type SafetensorsFile } from '@colora/tensors/safetensors/safetensors-file';
import { registerGradients } from '@colora/tfjs-onnx/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { oncePerKey } from '../once-per-key.ts';
import { TrainingError } from '../training-error.ts';
import type { CompiledProgram, Engine, Inputs, Outputs, Program } from './engine.ts';
import { atSizesOf } from './free-sizes.ts';

export type TfjsBackend = 'tfjs-node-gpu' | 'tfjs-node' | 'wasm' | 'cpu';

const backends: Record<TfjsBackend, { module: string; registers: string }> = {
  'tfjs-node-gpu': { module: '@tensorflow/tfjs-node-gpu', registers: 'tensorflow' },
  'tfjs-node': { module: '@tensorflow/tfjs-node', registers: 'tensorflow' },
  wasm: { module: '@tensorflow/tfjs-backend-wasm', registers: 'wasm' },
  cpu: { module: '@tensorflow/tfjs-backend-cpu', registers: 'cpu' },
};

/** Takes the first backend of `order` that loads and can multiply; throws TrainingError `no-engine` if none does. */
export async function tfjsEngine(
  log: (line: string) => void,
  order: readonly TfjsBackend[] = ['tfjs-node-gpu', 'tfjs-node', 'wasm', 'cpu'],
): Promise<Engine> {
  registerGradients();
  const failures: string[] = [];
  for (const backend of order) {
    try {
      await useBackend(backend);
      return engineOn(backend, log);
    } catch (error) {
      failures.push(`${backend}: ${failureOf(error)}`);
    }
  }
  throw new TrainingError('no-engine', `no tfjs backend works here (${failures.join('; ')})`);
}

function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ERR_MODULE_NOT_FOUND') return 'not installed';
  return error.message.split('\n')[0]!;
}

async function useBackend(backend: TfjsBackend): Promise<void> {
  const { module, registers } = backends[backend];
  await import(module); // registers itself; the node backends are optional dependencies
  // or tfjs prints an advertisement for its native backend; wasm needs to know that it is in Node
  if (backend === 'cpu') tf.env().set('IS_NODE', false);
  if (!(await tf.setBackend(registers))) throw new Error(`backend ${registers} does not start`);
  await tf.ready();
  tf.tidy(() => tf.matMul(tf.ones([2, 2]), tf.ones([2, 2])).dataSync());
}

function engineOn(first: TfjsBackend, log: (line: string) => void): Engine {
  let backend = first;
  const weights = new Map<string, Promise<Record<string, tf.Tensor>>>();
  const weightsOf = (base: Program['base']) => {
    const key = `${backend} ${base.weightsFolder}`;
    return oncePerKey(weights, key, () => loadWeights(base));
  };
  const compile = async (program: Program): Promise<CompiledProgram> => {
    const run = async (inputs: Inputs): Promise<Outputs> => {
      tf.setBackend(backends[backend].registers);
      const loaded = await weightsOf(program.base);
      try {
        return runEagerly(atSizesOf(program, inputs), inputs, loaded);
      } catch (error) {
        if (backend !== 'wasm' || !isMissingKernel(error)) throw error;
        log(`tfjs's wasm backend lacks a kernel this model needs; going on with its cpu backend`);
        await useBackend('cpu');
        backend = 'cpu';
        return run(inputs);
      }
    };
    return { run };
  };
  return {
    name: 'tfjs',
    get device() {
      return backend;
    },
    compile,
    dispose: async () => {
      for (const loaded of weights.values()) tf.dispose(await loaded);
      weights.clear();
    },
  };
}

function isMissingKernel(error: unknown): boolean {
  return (
    error instanceof Error && /not registered for the backend|Kernel .* not registered/i.test(error.message)
  );
}

async function loadWeights(base: Program['base']): Promise<Record<string, tf.Tensor>> {
  const files = new Map<string, SafetensorsFile>();
  const loaded: Record<string, tf.Tensor> = {};
  try {
    for (const { name, storedName, file } of base.weights) {
      const opened = files.get(file) ?? (await openSafetensors(join(base.weightsFolder, file)));
      files.set(file, opened);
      const { shape, data } = await opened.read(storedName);
      loaded[name] = tf.tensor(data, [...shape], 'float32');
    }
  } finally {
    for (const file of files.values()) await file.close();
  }
  return loaded;
}

function runEagerly(program: Program, inputs: Inputs, weights: Record<string, tf.Tensor>): Outputs {
  return tf.tidy(() => {
    const given = program.inputs.map(({ name, shape, dtype }) => {
      const data = inputs[name];
      if (data === undefined)
        throw new TrainingError('bad-tensors', `the program's input ${name} was not given`);
      return [name, tf.tensor(data, [...shape], dtype)] as const;
    });
    const outputs = program.build(Object.fromEntries(given), weights);
    return Object.fromEntries(
      Object.entries(outputs).map(([name, output]) => [
        name,
        { shape: output.shape, data: Float32Array.from(output.dataSync()) },
      ]),
    );
  });
}
