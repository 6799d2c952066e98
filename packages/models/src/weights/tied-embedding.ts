// The one matrix that a language model with tied embeddings looks its tokens up in and scores them by: under which of
// its two names it is stored, and that it is one.
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../model-error.ts';
import type { StoredTensor, StoredTensors } from './stored-tensors.ts';

/** How transformers calls the output embedding of every decoder. */
export const outputEmbedding = 'lm_head.weight';

/**
 * Throws ModelError `bad-config` where an output embedding is stored beside the input embedding `used` and differs from
 * it, though config.json ties them: which of the two is meant nobody can know.
 */
export async function assertTied(
  folder: string,
  used: string,
  { tensors }: Pick<StoredTensors, 'tensors'>,
): Promise<void> {
  const input = tensors.get(used);
  const output = tensors.get(outputEmbedding);
  if (input === undefined || output === undefined || input.name === output.name) return;
  if (await sameValues(folder, input, output)) return;
  throw new ModelError(
    'bad-config',
    `config.json ties the embeddings (tie_word_embeddings true or left out), but ${outputEmbedding} is stored beside ` +
      `${input.name} and differs from it: set tie_word_embeddings to false in config.json if the model was trained so, ` +
      `else remove ${outputEmbedding}`,
  );
}

const chunk = 2 ** 20; // bytes

async function sameValues(folder: string, one: StoredTensor, other: StoredTensor): Promise<boolean> {
  if (one.dtype !== other.dtype || one.length !== other.length) return false;
  const files: FileHandle[] = [];
  try {
    for (const { file } of [one, other]) files.push(await open(join(folder, file), 'r'));
    const [first, second] = files as [FileHandle, FileHandle];
    const [left, right] = [Buffer.alloc(chunk), Buffer.alloc(chunk)];
    for (let done = 0; done < one.length; done += chunk) {
      const size = Math.min(chunk, one.length - done);
      await first.read(left, 0, size, one.offset + done);
      await second.read(right, 0, size, other.offset + done);
      if (!left.subarray(0, size).equals(right.subarray(0, size))) return false;
    }
    return true;
  } finally {
    for (const file of files) await file.close();
  }
}
