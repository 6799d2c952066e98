// The next checkpoint while its round is closed: files that are staged as they come about, seen by nobody before the commit
// names them. What goes into them is close-round.ts's affair.
import type { DownloadEncoding } from '@colora/tensors/wire/wire-checkpoint';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { type CheckpointStaging, stageCheckpoint } from '../../checkpoints/staged-checkpoint.ts';
import { discardStaged, type StagedCheckpoint, stageFile } from '../../checkpoints/stored-checkpoint.ts';
import type { OptimizerState } from './optimizer-state.ts';

export interface NextCheckpoint {
  /** To be filled with its tensors. */
  readonly tensors: CheckpointStaging;
  /** Ends the tensors' files and writes the optimizer's state beside them, where there is any. */
  finish(state: Pick<OptimizerState, 'write'>): Promise<StagedCheckpoint>;
  /** Removes all that was staged of it: it became no checkpoint. */
  discard(): Promise<void>;
}

/** `encoding`: of the group's downloads. */
export function stageNextCheckpoint(
  blobs: Pick<BlobStore, 'stage' | 'discard'>,
  encoding: DownloadEncoding,
): NextCheckpoint {
  const tensors = stageCheckpoint(blobs, encoding);
  const ids = [...tensors.ids];
  return {
    tensors,
    async finish(state) {
      const files = await tensors.finish();
      const stateFile = await state.write(() => {
        const begun = stageFile(blobs);
        ids.push(begun.id);
        return begun;
      });
      return { ...files, optimizerState: (await stateFile?.finish()) ?? null };
    },
    discard: () => discardStaged(blobs, ids),
  };
}
