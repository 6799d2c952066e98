// A base model of random bfloat16 weights in a shape that a config.json says: a folder in Hugging Face layout, in shards
// where it is large. For measurements, whose times and memory don't depend on what a model has learnt.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readModelConfig } from '@colora/models/families/read-model-config';
import { indexFile } from '@colora/models/weights/shard-index';
import { toBf16 } from '@colora/tensors/dtype';
import { type Random, seededRandom } from '@colora/tensors/random';
import { type PlannedTensor, tensorLength } from '@colora/tensors/safetensors/safetensors-header';
import { writeSafetensors } from '@colora/tensors/safetensors/safetensors-writer';
import { elementCount } from '@colora/tensors/tensor';

const shardBytes = 2 ** 30;
const deviation = 0.02; // what the models themselves start from (initializer_range)
const normDeviation = 0.05;

/** Numbers drawn once for all matrices, whose rows begin elsewhere in them: a prime, so that no two rows are alike. */
const drawnValues = 4_194_301;

/** Writes config, weights and an empty tokenizer, since only ids are used; returns the bytes of the weights. */
export async function writeRandomModel(
  config: Readonly<Record<string, unknown>>,
  folder: string,
): Promise<number> {
  const read = readModelConfig(config);
  const tensors = read.family
    .weights(read.config)
    .filter(({ optional }) => optional !== true)
    .map(({ name, shape }): PlannedTensor => ({ name, dtype: 'BF16', shape }));
  const shards = inShards(tensors);
  const nameOf = (shard: number) =>
    `model-${fiveDigits(shard + 1)}-of-${fiveDigits(shards.length)}.safetensors`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, torch_dtype: 'bfloat16' }));
  await writeFile(join(folder, 'tokenizer.json'), '{}');
  const values = drawWeights(config.model_type === 'gemma3_text' ? 0 : 1);
  for (const [i, shard] of shards.entries()) {
    const bytesOf = async ({ name, shape }: PlannedTensor) => new Uint8Array(values(name, shape).buffer);
    await writeSafetensors(join(folder, nameOf(i)), shard, bytesOf, { format: 'pt' });
  }
  const places = shards.flatMap((shard, i) => shard.map(({ name }) => [name, nameOf(i)] as const));
  const bytes = tensors.reduce((sum, tensor) => sum + bytesOfTensor(tensor), 0);
  const index = { metadata: { total_size: bytes }, weight_map: Object.fromEntries(places) };
  await writeFile(join(folder, indexFile), JSON.stringify(index));
  return bytes;
}

/** In the order given, each of at most `shardBytes` unless one tensor alone has more. */
function inShards(tensors: readonly PlannedTensor[]): PlannedTensor[][] {
  const shards: PlannedTensor[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    const bytes = bytesOfTensor(tensor);
    if (bytes > room) {
      shards.push([]);
      room = shardBytes;
    }
    shards.at(-1)!.push(tensor);
    room -= bytes;
  }
  return shards;
}

function bytesOfTensor({ name, dtype, shape }: PlannedTensor): number {
  return tensorLength(name, dtype, shape);
}

/** Matrices and biases around 0, norms around what leaves a state as it is: 1, or 0 where a model adds 1 itself. */
function drawWeights(normMean: number): (name: string, shape: readonly number[]) => Uint16Array<ArrayBuffer> {
  const random = seededRandom('random-model');
  const drawn = toBf16(gaussians(random, drawnValues, 0, deviation));
  return (name, shape) => {
    const count = elementCount(shape);
    if (shape.length === 1 && /norm\.weight$/.test(name)) {
      return new Uint16Array(toBf16(gaussians(random, count, normMean, normDeviation)));
    }
    const values = new Uint16Array(count);
    let from = random.integer(drawnValues);
    for (let at = 0; at < count; from = 0) {
      const piece = drawn.subarray(from, Math.min(drawnValues, from + count - at));
      values.set(piece, at);
      at += piece.length;
    }
    return values;
  };
}

function gaussians(random: Random, count: number, mean: number, spread: number): Float32Array {
  return Float32Array.from({ length: count }, () => mean + spread * random.gaussian());
}

function fiveDigits(n: number): string {
  return String(n).padStart(5, '0');
}
