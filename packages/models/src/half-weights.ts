// A base model whose bfloat16 weights are kept as binary16, for devices that know no bfloat16 (WebGPU). Nearly every such weight is a
// binary16 exactly; one below 2^-14 is off by 2^-25 at most. Written once, as in fewer bits (quantised-base.ts), where that is kept.
import { dirname, join } from 'node:path';
import { sha256Hex } from '@colora/protocol/sha256';
import { bf16ToF16 } from '@colora/tensors/dtype';
import { readSafetensorsHeader } from '@colora/tensors/safetensors/safetensors-file';
import { encodeHeader, type PlannedTensor } from '@colora/tensors/safetensors/safetensors-header';
import { writeSafetensors } from '@colora/tensors/safetensors/safetensors-writer';
import type { BaseModel } from './base-model.ts';
import { orDiskFull } from './cache/disk-full.ts';
import { makeOnce, type OnShare } from './cache/make-once.ts';
import { exists } from './cache/whole-file.ts';
import { storedFiles } from './precision/stored-files.ts';
import type { WeightEntry } from './weights/weight-files.ts';

const file = 'model.safetensors';

class PastBinary16 extends Error {}

/**
 * The model as it is where none of its weights is a bfloat16, where one is past what binary16 holds (65504), and in fewer bits. `onWeight`: how many of
 * how many are written; what it throws ends the writing. Throws ModelError `disk-full`, or the file system's error.
 */
export async function inBinary16(
  base: BaseModel,
  cacheFolder: string,
  onWeight: OnShare = () => undefined,
): Promise<BaseModel> {
  if (!base.weights.some(isBfloat) || base.weights.some(({ quantised }) => quantised !== undefined))
    return base;
  const tensors = base.weights.map((weight): PlannedTensor => {
    const { name, shape, dtype } = weight;
    return { name, shape, dtype: isBfloat(weight) ? 'F16' : dtype };
  });
  const layout = sha256Hex(encodeHeader(tensors, {})).slice(0, 16);
  const folder = join(cacheFolder, 'precision', `${base.fingerprint.slice(0, 32)}-f16-${layout}`);
  const path = join(folder, file);
  try {
    await writeOnce(base, tensors, path, onWeight);
  } catch (error) {
    if (error instanceof PastBinary16) return base;
    throw error;
  }
  const stored = await readSafetensorsHeader(path);
  const places = new Map(stored.tensors.map((tensor) => [tensor.name, tensor]));
  const weights = base.weights.map((weight, i): WeightEntry => {
    const { offset, length } = places.get(weight.name)!;
    const dtype = tensors[i]!.dtype as WeightEntry['dtype'];
    return { ...weight, storedName: weight.name, dtype, file, offset, length };
  });
  return { ...base, weights, weightsFolder: folder };
}

const isBfloat = ({ dtype }: WeightEntry) => dtype === 'BF16';

async function writeOnce(
  { weights, weightsFolder }: BaseModel,
  tensors: readonly PlannedTensor[],
  path: string,
  onWeight: OnShare,
): Promise<void> {
  const stored = storedFiles(weightsFolder);
  const made = async (weight: WeightEntry) => {
    const values = await stored.bytesOf(weight);
    if (isBfloat(weight) && !bf16ToF16(halvesIn(values))) throw new PastBinary16(weight.name);
    return values;
  };
  const make = async (tell: OnShare) => {
    let done = 0;
    await writeSafetensors(path, tensors, () => {
      tell(done, weights.length);
      done += 1;
      return made(weights[done - 1]!);
    });
    tell(done, weights.length);
  };
  try {
    const isThere = () => exists(path);
    await orDiskFull(dirname(path), tensors, () => makeOnce({ path, isThere, make, onShare: onWeight }));
  } finally {
    await stored.close();
  }
}

const halvesIn = ({ buffer, byteOffset, byteLength }: Uint8Array) =>
  new Uint16Array(buffer, byteOffset, byteLength / 2);
