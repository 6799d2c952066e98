// Whether a checkpoint is worth training at. What made it so, and how its group gets a better one, is not known here.
import { beyondBelief } from '@colora/protocol/contribution';
import { norm } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';

/** It holds values that no training makes: somebody sent them, and the group took them. */
export function isSpoilt(checkpoint: TensorMap): boolean {
  return !(norm(checkpoint) <= beyondBelief);
}
