// The arm trained alone, as a file of its own in the workspace: what this member would have learnt without the others, and
// how far its training has come. It is as private as the personal part and goes nowhere.
import { readFile } from 'node:fs/promises';
import { fileProblem } from '@colora/protocol/failures/file-problem';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { asPersonal, type PersonalTensors } from '@colora/training/programs/personal-tensors';
import { z } from 'zod';
import { writeAtomic } from './atomic-file.ts';

const markSchema = z.object({
  groupCreatedAt: z.string(),
  /** Names the examples it is trained on. */
  data: z.string(),
  steps: z.int(),
});

export interface AloneState extends z.infer<typeof markSchema> {
  readonly personal: PersonalTensors;
  readonly optimizerState: TensorMap;
}

const ownPrefix = 'personal:';
const optimizerPrefix = 'optimizer:';

/** Durable when it returns; a crash before leaves the previous state whole. */
export async function keepAlone(
  path: string,
  { personal, optimizerState, ...mark }: AloneState,
): Promise<void> {
  const tensors = new Map<string, Tensor>([
    ...[...personal].map(([name, tensor]) => [ownPrefix + name, tensor] as const),
    ...[...optimizerState].map(([name, tensor]) => [optimizerPrefix + name, tensor] as const),
  ]);
  await writeAtomic(path, encode(tensors, { metadata: { mark: JSON.stringify(mark) } }));
}

/** Null where there is none, or a damaged one: it is trained anew then. */
export async function readAlone(path: string): Promise<AloneState | null> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileProblem(error, 'read', path);
  }
  try {
    const { tensors, metadata } = decode(bytes);
    const mark = markSchema.parse(JSON.parse(metadata.mark ?? ''));
    const under = (prefix: string) =>
      new Map(
        [...tensors]
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
      );
    return { ...mark, personal: asPersonal(under(ownPrefix)), optimizerState: under(optimizerPrefix) };
  } catch {
    return null;
  }
}
