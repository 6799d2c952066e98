// Where weight files really lie. In a Hugging Face cache they are links out of the snapshot's folder into a folder of
// blobs, and onnxruntime refuses weights that lead out of the folder it is given: it is told the real places instead.
import { realpath } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { WeightEntry } from './weight-files.ts';

interface RealWeights {
  /** The deepest folder that holds all of the files. */
  readonly weightsFolder: string;
  /** With `file` relative to it. */
  readonly weights: readonly WeightEntry[];
}

export async function realWeightFiles(folder: string, weights: readonly WeightEntry[]): Promise<RealWeights> {
  const real = new Map<string, string>();
  for (const { file } of weights) if (!real.has(file)) real.set(file, await realpath(join(folder, file)));
  const weightsFolder = commonFolder([...real.values()]);
  return {
    weightsFolder,
    weights: weights.map((weight) => ({
      ...weight,
      file: relative(weightsFolder, real.get(weight.file)!).replaceAll(sep, '/'),
    })),
  };
}

function commonFolder(paths: readonly string[]): string {
  const [first = '', ...others] = paths.map(dirname);
  return others.reduce((common, path) => {
    let shared = common;
    while (path !== shared && !path.startsWith(shared.endsWith(sep) ? shared : shared + sep)) {
      shared = dirname(shared);
    }
    return shared;
  }, first);
}
