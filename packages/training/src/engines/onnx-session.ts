// One ONNX graph in onnxruntime: opened from bytes, its weights mapped from the base model's own safetensors file.
// Not here: tracing and splitting (onnx-engine.ts).

import { unwantedOptimizers } from '@colora/tfjs-onnx/onnx/emit';
import type { InputSpec } from '@colora/tfjs-onnx/trace';
import { TrainingError } from '../training-error.ts';
import type { OnnxDevice } from './device-names.ts';
import type { Inputs } from './engine.ts';
import { providerOf } from './onnx-devices.ts';
import { loadOnnxruntime, type Onnxruntime } from './onnxruntime.ts';

export interface SessionOptions {
  readonly device: OnnxDevice;
  readonly threads: number;
  /** The folder in which the graph's external data lie. */
  readonly weightsFolder: string;
  /**
   * For large models: weights are multiplied as they lie in their file, whose pages all sessions and processes share,
   * and what a step no longer needs is given back. Small models are faster with packed copies and an arena.
   */
  readonly lean: boolean;
  /** Some weights are made floats each time that they are used (onnx-writer.ts): no copy is kept, no two are made one. */
  readonly converts: boolean;
  /** Threads wait for each other in a loop, soonest woken but in the way of all else that runs; else they sleep. */
  readonly spins: boolean;
}

export interface OnnxSession {
  /** Values by output name, each with a buffer of its own. `specs`: the inputs' shapes where the model leaves sizes free. */
  run(
    inputs: Inputs,
    specs?: readonly InputSpec[],
  ): Promise<Record<string, { shape: readonly number[]; data: Float32Array }>>;
  close(): Promise<void>;
}

export async function openSession(
  model: Uint8Array,
  inputs: readonly InputSpec[],
  options: SessionOptions,
): Promise<OnnxSession> {
  const onnxruntime = loadOnnxruntime();
  const { always, converts } = unwantedOptimizers;
  const session = await onnxruntime.InferenceSession.create(model, {
    executionProviders: [providerOf(options.device)],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    enableCpuMemArena: !options.lean,
    enableMemPattern: !options.lean,
    extra: {
      optimization: {
        disable_specified_optimizers: [...always, ...(options.converts ? converts : [])].join(';'),
      },
      session: {
        disable_prepacking: options.lean ? '1' : '0',
        model_external_initializers_file_folder_path: options.weightsFolder,
        // threads wait for each other hundreds of times a step, and must not go on waiting after it
        force_spinning_stop: '1',
        intra_op: { allow_spinning: options.spins ? '1' : '0' },
      },
    },
  });
  const names = new Set(session.inputNames);
  return {
    async run(values, specs = inputs) {
      const used = specs.filter(({ name }) => names.has(name));
      const feeds = Object.fromEntries(used.map((spec) => [spec.name, toFeed(onnxruntime, spec, values)]));
      const results = await session.run(feeds);
      return Object.fromEntries(
        session.outputNames.map((name) => {
          const { dims, data } = results[name]!;
          return [name, { shape: dims, data: data as Float32Array }];
        }),
      );
    },
    close: () => session.release(),
  };
}

function toFeed({ Tensor }: Onnxruntime, { name, shape, dtype }: InputSpec, values: Inputs) {
  const data = values[name];
  if (data === undefined) throw new TrainingError('bad-tensors', `the program's input ${name} was not given`);
  return new Tensor(dtype, data, shape);
}
