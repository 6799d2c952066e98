// What a member's next round would start from, read from its workspace: nothing is written there, asked for or waited for.
import type { TensorMap } from '@colora/tensors/tensor';
import { seenBy } from '@colora/training/collaboration/cluster-view';
import { noOwnRows, standingRows } from '@colora/training/head-rows/own-rows';
import { ClientError } from '../client-error.ts';
import { readCheckpoint } from '../line/checkpoints/checkpoint-cache.ts';
import { groupPaths, type KnownGroup, readGroup } from '../workspace/group-workspace.ts';
import { type PersonalState, readPersonal } from '../workspace/personal-store.ts';

export interface OwnStart {
  readonly group: KnownGroup;
  /** The checkpoint last downloaded. */
  readonly version: number;
  /** The round that would be next. */
  readonly round: number;
  /** As this member's cluster sees it. */
  readonly shared: TensorMap;
  /** Head rows of its own, which stand in for the checkpoint's. */
  readonly rows: TensorMap;
  /** Of the group in the last round, where all shared one head; null where they didn't, and before the first one. */
  readonly together: number | null;
  /** Null before the first round. */
  readonly personal: PersonalState | null;
}

/** Throws ClientError 'not-joined' where the workspace holds nothing of the group to start from. */
export async function readOwnStart(workspace: string, name: string): Promise<OwnStart> {
  const paths = groupPaths(workspace, name);
  const group = await readGroup(paths);
  const checkpoint =
    group?.checkpoint == null ? null : await readCheckpoint(paths.checkpoints, group.checkpoint.sha256);
  if (group?.checkpoint == null || checkpoint === null)
    throw new ClientError(
      'not-joined',
      `${paths.folder} holds no checkpoint of ${name}: join it and let it take part in a round, or look at it before by the group’s file (--group-file)`,
    );
  const personal = await readPersonal(paths.personal);
  const shared = seenBy(group.place, checkpoint);
  return {
    group,
    version: group.checkpoint.version,
    round: (personal?.mark.trained?.round ?? 0) + 1,
    shared,
    rows: standingRows(personal?.rows ?? noOwnRows, shared),
    together: personal?.mark.trained?.together ?? null,
    personal,
  };
}
