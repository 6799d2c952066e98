// The arm trained alone, as a file of its own in the workspace: what this member would have learnt without the others, and
// how far its training has come. It is as private as the personal part and goes nowhere.
import { allFinite } from '@colora/tensors/arithmetic';
import { decode, encode } from '@colora/tensors/safetensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { asPersonal, type PersonalTensors } from '@colora/training/programs/personal-tensors';
import { z } from 'zod';
import { writeAtomic } from './atomic-file.ts';
import { underPrefix, withPrefix } from './prefixed-tensors.ts';
import { readIfThere } from './read-if-there.ts';

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
  const tensors = new Map([
    ...underPrefix(ownPrefix, personal),
    ...underPrefix(optimizerPrefix, optimizerState),
  ]);
  await writeAtomic(path, encode(tensors, { metadata: { mark: JSON.stringify(mark) } }));
}

/** Null where there is none, or a damaged one: it is trained anew then. */
export async function readAlone(path: string): Promise<AloneState | null> {
  const bytes = await readIfThere(path);
  if (bytes === null) return null;
  try {
    const { tensors, metadata } = decode(bytes);
    const mark = markSchema.parse(JSON.parse(metadata.mark ?? ''));
    if (!allFinite(tensors)) return null;
    return {
      ...mark,
      personal: asPersonal(withPrefix(tensors, ownPrefix)),
      optimizerState: withPrefix(tensors, optimizerPrefix),
    };
  } catch {
    return null;
  }
}
