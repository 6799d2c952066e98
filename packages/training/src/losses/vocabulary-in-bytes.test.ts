// The loss over a vocabulary whose matrix is there in bytes, compiled, against the stored matrix: also where most tokens are
// rare, each of them less than a scale of bytes can show beside the likely ones.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { BaseModel } from '@colora/models/base-model';
import { makeParts, plannedParts } from '@colora/models/precision/matrix-forms';
import { byteForm } from '@colora/models/weights/byte-form';
import type { WeightEntry } from '@colora/models/weights/weight-files';
import { seededRandom } from '@colora/tensors/random';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { openSafetensors } from '@colora/tensors/safetensors/safetensors-file';
import { writeSafetensors } from '@colora/tensors/safetensors/safetensors-writer';
import * as tf from '@tensorflow/tfjs-core';
import { onnxEngine } from '../engines/onnx-engine.ts';
import { vocabularyLoss } from './vocabulary-loss.ts';

const [rows, width, vocabulary, partRows] = [16, 32, 3000, 1024];
const folder = await mkdtemp(join(tmpdir(), 'colora-vocabulary-'));
const engine = onnxEngine({ device: 'cpu', threads: 1 });
after(async () => {
  await engine.dispose();
  await rm(folder, { recursive: true });
});

/** A matrix stored whole, and in parts of bytes, as weights of one file. */
async function storedMatrix(values: Float32Array): Promise<WeightEntry[]> {
  const path = join(folder, 'stored.safetensors');
  const shape = [vocabulary, width];
  await writeFile(path, encode(new Map([['matrix', { shape, data: values }]])));
  const form = { bits: 8, bytes: byteForm() } as const;
  const whole = { name: 'matrix', dtype: 'F32', shape } as const;
  const planned = [whole, ...partStarts.flatMap((from) => plannedParts(part(from), form))];
  const bytes = [[new Uint8Array(values.buffer)]];
  for (const from of partStarts) {
    const { shape: size } = part(from);
    const job = { path, storedName: 'matrix', from, rows: size[0], columns: width, form };
    bytes.push(await makeParts(job));
  }
  const given = bytes.flat();
  await writeSafetensors(join(folder, 'model.safetensors'), planned, async () => given.shift()!);
  const stored = await openSafetensors(join(folder, 'model.safetensors'));
  await stored.close();
  const { header } = stored;
  const range = (name: string) => header.tensors.find((tensor) => tensor.name === name)!;
  const matrix = (name: string) => ({ data: range(name), scales: range(`${name}.scales`) });
  const entry = { storedName: 'matrix', dtype: 'F32', file: 'model.safetensors' } as const;
  return [
    { ...entry, ...range('matrix'), ...whole },
    ...partStarts.map((from): WeightEntry => {
      const { name, shape: size } = part(from);
      const [plain, transposed] = [matrix(`${name}.plain`), matrix(`${name}.transposed`)];
      const quantised = { bits: 8, form: form.bytes, plain, transposed } as const;
      return { ...entry, name, shape: size, offset: 0, length: 0, quantised };
    }),
  ];
}

const partStarts = [0, 1024, 2048];
const part = (from: number) => ({
  name: `part ${from}`,
  shape: [Math.min(partRows, vocabulary - from), width] as const,
});

const random = seededRandom('vocabulary in bytes');
// all tokens have something in common, as embeddings do: what is lost of the rare ones doesn't cancel out
const values = Float32Array.from(
  { length: vocabulary * width },
  (_, i) => random.gaussian() + (i % width === 0 ? 3 : 0),
);
const weights = await storedMatrix(values);
const base = { weights, weightsFolder: folder } as unknown as BaseModel;
const targets = Int32Array.from({ length: rows }, () => random.integer(vocabulary));

/** Of losses by the matrix in bytes: how far they are from those by the stored one, as a share, and how likely right tokens were. */
async function errors(states: Float32Array) {
  const run = async (isRounded: boolean) => {
    const compiled = await engine.compile({
      key: `rounded ${isRounded}`,
      inputs: [
        { name: 'states', shape: [rows, width], dtype: 'float32' },
        { name: 'targets', shape: [rows], dtype: 'int32' },
      ],
      base,
      varying: new Set(['states', 'targets']),
      batch: rows,
      build: (given, { matrix, ...parts }) => {
        const lossOf = (x: tf.Tensor) =>
          vocabularyLoss(
            x as tf.Tensor2D,
            matrix as tf.Tensor2D,
            given.targets as tf.Tensor1D,
            tf.fill([rows], 1 / rows) as tf.Tensor1D,
            isRounded ? (Object.values(parts) as tf.Tensor2D[]) : undefined,
          ) as tf.Scalar;
        const { value, grad } = tf.valueAndGrad(lossOf)(given.states!);
        return { loss: value, gradient: grad };
      },
    });
    const { loss, gradient } = await compiled.run({ states, targets });
    return { loss: loss!.data[0]!, gradient: gradient!.data };
  };
  const [exact, rounded] = [await run(false), await run(true)];
  const norm = (of: Float32Array) => Math.hypot(...of);
  const difference = rounded.gradient.map((value, i) => value - exact.gradient[i]!);
  return {
    likely: Math.exp(-exact.loss),
    loss: Math.abs(rounded.loss / exact.loss - 1),
    gradient: norm(difference) / norm(exact.gradient),
  };
}

test('scores in bytes give the loss and the gradient of the stored matrix, rare tokens counted', async () => {
  const states = Float32Array.from({ length: rows * width }, (_, i) =>
    i % width === 0 ? 0 : 0.35 * random.gaussian(),
  );
  const { likely, loss, gradient } = await errors(states);
  assert.ok(likely < 0.01, `${likely}`);
  assert.ok(loss < 0.01, `loss ${loss}`);
  assert.ok(gradient < 0.005, `gradient ${gradient}`);
});

test('where the right tokens are nearly certain, what is left of the gradient is no rounding of their own rows', async () => {
  for (const scale of [0.35, 0.45, 0.6]) {
    const states = Float32Array.from({ length: rows * width }, (_, i) => {
      const [row, column] = [Math.floor(i / width), i % width];
      return column === 0 ? 0 : scale * values[targets[row]! * width + column]! + 0.02 * random.gaussian();
    });
    const { likely, loss, gradient } = await errors(states);
    assert.ok(likely > 0.5, `${likely}`);
    assert.ok(loss < 0.05 && gradient < 0.05, `at ${likely}: loss ${loss}, gradient ${gradient}`);
  }
});
