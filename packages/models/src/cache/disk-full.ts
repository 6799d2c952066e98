// What is said where the disk that base models in fewer bits are kept on is full.
import { type PlannedTensor, tensorLength } from '@colora/tensors/safetensors/safetensors-header';
import { ModelError } from '../model-error.ts';

/** `work` writes the tensors into the folder. Throws ModelError `disk-full`, or its other errors. */
export async function orDiskFull<T>(
  folder: string,
  tensors: readonly PlannedTensor[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    const bytes = tensors.reduce((sum, { name, dtype, shape }) => sum + tensorLength(name, dtype, shape), 0);
    throw new ModelError(
      'disk-full',
      `the disk of ${folder} is full: the base model in fewer bits needs about ${Math.ceil(bytes / 1e6)} MB there; free some space, or put the cache elsewhere`,
      { cause },
    );
  }
}
