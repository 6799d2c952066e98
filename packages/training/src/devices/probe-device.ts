// Does a device really work here, and is it worth it? A small training step on it, compared with the processor.
// Which device is then taken is choose-engine.ts.
import { join } from 'node:path';
import { writeWholeFile } from '@colora/models/cache/whole-file';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { seededRandom } from '@colora/tensors/random';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { readSafetensorsHeader } from '@colora/tensors/safetensors/safetensors-file';
import { tensor } from '@colora/tensors/tensor';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine, Inputs, Outputs, Program } from '../engines/engine.ts';
import { softmaxCrossEntropy } from '../losses/cross-entropy.ts';

const tolerance = 1e-3;

interface Probe {
  /** Why the device can't be used; null where it agrees with the processor. */
  readonly problem: string | null;
  /** The largest difference from the processor's loss and gradients, over their largest value; null: it never ran. */
  readonly error: number | null;
  /** Milliseconds of a step on the device and on the processor. */
  readonly milliseconds: { readonly device: number; readonly processor: number };
}

/** `width` of the step's two layers: 32 to see whether it works, 1024 to compare speeds. */
export function probeDevice(device: Engine, processor: Engine, width: number): Promise<Probe> {
  return compare(device, processor, probeProgram(width));
}

/** Whether the device takes weights of binary16; no, where none can be written into `folder` to try. */
export async function readsBinary16(device: Engine, processor: Engine, folder: string): Promise<boolean> {
  const program = await binary16Program(folder).catch(() => null);
  return program !== null && (await compare(device, processor, program)).problem === null;
}

async function compare(device: Engine, processor: Engine, program: Program): Promise<Probe> {
  const inputs = probeInputs(program);
  const expected = await timedRun(processor, program, inputs);
  try {
    const actual = await timedRun(device, program, inputs);
    const milliseconds = { device: actual.milliseconds, processor: expected.milliseconds };
    const error = largestError(actual.outputs, expected.outputs);
    const problem =
      error <= tolerance ? null : `its results differ from the processor's by ${error.toExponential(1)}`;
    return { problem, error, milliseconds };
  } catch (error) {
    return {
      problem: shortMessage(error),
      error: null,
      milliseconds: { device: Number.POSITIVE_INFINITY, processor: expected.milliseconds },
    };
  }
}

/** Native libraries put file names and function signatures first and what happened last. */
function shortMessage(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.replace(/^.*\bwas false\. /, '');
}

/** Cross-entropy of two adapted layers, with gradients. */
function probeProgram(width: number): Program {
  const batch = 8 * Math.ceil(width / 64);
  const matrix = (name: string, rows: number) => ({ name, shape: [rows, width], dtype: 'float32' }) as const;
  const inputs = [
    matrix('x', batch),
    matrix('first', width),
    matrix('second', width),
    matrix('targets', batch),
  ];
  const names = inputs.map(({ name }) => name);
  return {
    key: `probe ${width}`,
    base: { weightsFolder: '.', weights: [] },
    inputs,
    varying: new Set(names),
    batch,
    build: ({ x, first, second, targets }) => {
      const loss = (a: tf.Tensor, b: tf.Tensor) => {
        const inner = tf.tanh(tf.matMul(x as tf.Tensor2D, a as tf.Tensor2D, false, true));
        const logits = tf.matMul<tf.Tensor2D>(inner, b as tf.Tensor2D, false, true);
        return tf.mean(softmaxCrossEntropy(logits, targets as tf.Tensor2D)) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)([first!, second!]);
      return { loss: value, 'gradient:first': grads[0]!, 'gradient:second': grads[1]! };
    },
  };
}

/** One layer before a matrix that lies in a file, with gradients. */
async function binary16Program(folder: string): Promise<Program> {
  const width = 32;
  const random = seededRandom('binary16');
  const stored = Float32Array.from({ length: width * width }, () => random.gaussian());
  const file = 'probe-f16.safetensors';
  makeFolder(folder);
  await writeWholeFile(
    join(folder, file),
    encode(new Map([['w', tensor([width, width], stored)]]), { dtype: 'F16' }),
  );
  const { tensors } = await readSafetensorsHeader(join(folder, file));
  const shape = [width, width];
  const weight = { ...tensors[0]!, name: 'w', storedName: 'w', dtype: 'F16', shape, file } as const;
  return {
    key: 'probe binary16',
    base: { weightsFolder: folder, weights: [weight] },
    inputs: ['x', 'first'].map((name) => ({ name, shape, dtype: 'float32' }) as const),
    varying: new Set(['x', 'first']),
    batch: width,
    build: ({ x, first }, { w }) => {
      const loss = (a: tf.Tensor) => {
        const inner = tf.tanh(tf.matMul(x as tf.Tensor2D, a as tf.Tensor2D, false, true));
        return tf.mean(tf.square(tf.matMul(inner, w as tf.Tensor2D, false, true))) as tf.Scalar;
      };
      const { value, grads } = tf.valueAndGrads(loss)([first!]);
      return { loss: value, 'gradient:first': grads[0]! };
    },
  };
}

function probeInputs(program: Program): Inputs {
  const random = seededRandom('probe');
  return Object.fromEntries(
    program.inputs.map(({ name, shape: [rows, columns] }) => {
      const values = Float32Array.from(
        { length: rows! * columns! },
        () => random.gaussian() / Math.sqrt(columns!),
      );
      if (name === 'targets')
        for (let i = 0; i < values.length; i += 1) values[i] = i % columns! === 0 ? 1 : 0;
      return [name, values];
    }),
  );
}

async function timedRun(engine: Engine, program: Program, inputs: Inputs) {
  const compiled = await engine.compile(program);
  await compiled.run(inputs); // the first run prepares buffers and kernels
  const start = performance.now();
  const outputs = await compiled.run(inputs);
  return { outputs, milliseconds: performance.now() - start };
}

/** The largest difference over the largest value, over all outputs; infinite where one isn't a number. */
function largestError(actual: Outputs, expected: Outputs): number {
  return Math.max(
    ...Object.entries(expected).map(([name, { data }]) => {
      const scale = data.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-12);
      const worst = data.reduce(
        (top, value, i) => Math.max(top, Math.abs(value - actual[name]!.data[i]!)),
        0,
      );
      return Number.isFinite(worst) ? worst / scale : Number.POSITIVE_INFINITY;
    }),
  );
}
