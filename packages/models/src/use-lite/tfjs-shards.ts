// Weights as tfjs stores them in a package: model.json with a manifest, and shards of plain bytes.
// What the tensors mean is for the caller; the graph in model.json is not read.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { elementCount, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { ModelError } from '../model-error.ts';

interface ManifestWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: unknown;
}

interface Manifest {
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly ManifestWeight[];
  }[];
}

/** The float32 tensors of a tfjs model: the shards in a row hold the manifest's weights in a row. */
export async function readShards(folder: string): Promise<TensorMap> {
  const manifest = (await readPackageJson(join(folder, 'model.json'))) as Manifest;
  const tensors = new Map<string, Tensor>();
  for (const { paths, weights } of manifest.weightsManifest) {
    const bytes = Buffer.concat(await Promise.all(paths.map((path) => readPart(join(folder, path)))));
    let offset = 0;
    for (const { name, shape, dtype, quantization } of weights) {
      const length = 4 * elementCount(shape); // int32 and float32 alike
      if (!['float32', 'int32'].includes(dtype) || quantization !== undefined) {
        throw new ModelError('bad-package', `${name} is stored as ${dtype}; plain float32 was expected`);
      }
      if (dtype === 'float32') tensors.set(name, { shape, data: floats(bytes, offset, length) });
      offset += length;
    }
    if (offset !== bytes.length) {
      throw new ModelError('bad-package', `${folder}: shards hold ${bytes.length} bytes, not ${offset}`);
    }
  }
  return tensors;
}

/** Little-endian float32 values in fresh, aligned memory. */
function floats(bytes: Buffer, offset: number, length: number): Float32Array {
  return Float32Array.from({ length: length / 4 }, (_, i) => bytes.readFloatLE(offset + 4 * i));
}

/** A JSON file of the package. */
export async function readPackageJson(path: string): Promise<object> {
  const text = (await readPart(path)).toString('utf8');
  try {
    return JSON.parse(text) as object;
  } catch (error) {
    throw new ModelError('bad-package', `${path} is not valid JSON`, { cause: error });
  }
}

async function readPart(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new ModelError('bad-package', `${path} cannot be read: is the npm package installed?`, {
      cause: error,
    });
  }
}
