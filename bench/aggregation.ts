// The weighted mean of encoded contributions, streamed tensor by tensor as the coordinator does it, beside reading all
// of them before averaging and beside a plain copy of the same bytes. GB/s of encoded bytes taken in.
// Run: node --import tsx bench/aggregation.ts --json FILE
import { accumulateTensor, finish, init } from '@colora/aggregation/weighted-mean';
import { seededRandom } from '@colora/tensors/random';
import { decode, encode } from '@colora/tensors/safetensors';
import { readSafetensors } from '@colora/tensors/safetensors-stream';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { type Measured, measure, report } from './report.ts';

const chunkSize = 256 * 1024;

/** An update of `megabytes` MB of float32 in tensors of 1 MB. */
function randomUpdate(megabytes: number): TensorMap {
  const random = seededRandom('bench');
  const values = Float32Array.from({ length: 262_144 }, () => random.next() - 0.5);
  return new Map(
    Array.from({ length: megabytes }, (_, i) => [
      `layers.${i}.mlp.fc1.shared.A`,
      { shape: [512, 512], data: values.slice() },
    ]),
  );
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkSize)
    yield bytes.subarray(start, start + chunkSize);
}

async function streamedMean(schema: TensorMap, encoded: Uint8Array, count: number): Promise<TensorMap> {
  let state = init(schema);
  for (let k = 1; k <= count; k += 1) {
    const { tensors } = await readSafetensors(inChunks(encoded), { maxBytes: encoded.length });
    for await (const { info, data } of tensors) {
      state = accumulateTensor(state, k, info.name, { shape: info.shape, data });
    }
  }
  return finish(state);
}

/** What one would write first: every contribution in memory, then the mean, element by element. */
function readAllThenAverage(encoded: Uint8Array, count: number): TensorMap {
  const all = Array.from({ length: count }, (_, k) => ({ weight: k + 1, tensors: decode(encoded).tensors }));
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  const means = new Map<string, Tensor>();
  for (const [name, { shape, data }] of all[0]!.tensors) {
    const mean = new Float32Array(data.length);
    const sent = all.map(({ weight, tensors }) => ({ weight, data: tensors.get(name)!.data }));
    for (let i = 0; i < mean.length; i += 1) {
      let sum = 0;
      for (const contribution of sent) sum += contribution.weight * contribution.data[i]!;
      mean[i] = sum / total;
    }
    means.set(name, { shape, data: mean });
  }
  return means;
}

function copyAll(encoded: Uint8Array, count: number): void {
  for (let k = 0; k < count; k += 1) new Uint8Array(encoded.length).set(encoded);
}

async function measureCase(megabytes: number, count: number): Promise<Measured[]> {
  const schema = randomUpdate(megabytes);
  const encoded = encode(schema);
  const implementations = [
    { name: 'colora-streamed', run: () => streamedMean(schema, encoded, count) },
    { name: 'read-all-then-average', run: () => readAllThenAverage(encoded, count) },
    { name: 'memcpy', run: () => copyAll(encoded, count) },
  ];
  return await measure(implementations, {
    case: `weighted-mean-${count}x${megabytes}MB`,
    unit: 'GB/s',
    figure: (seconds) => (encoded.length * count) / 1e9 / seconds,
    repeats: 5,
  });
}

report([...(await measureCase(16, 8)), ...(await measureCase(16, 32))], 'memcpy');
