// What a workspace has learnt, read without the coordinator: for `export` and `predict`. Read only; the
// daemon may be running meanwhile, since every file is replaced whole.
import type { TensorMap } from '@colora/tensors/tensor';
import type { PersonalTensors } from '@colora/training/programs/personal-tensors';
import { ClientError } from './client-error.ts';
import { readCheckpoint } from './line/checkpoint-cache.ts';
import { groupPaths, type KnownGroup, readGroup } from './workspace/group-workspace.ts';
import { readPersonal } from './workspace/personal-store.ts';
import { rememberedModel } from './workspace/remembered-model.ts';

export interface Trained {
  readonly group: KnownGroup;
  /** The checkpoint last downloaded. */
  readonly version: number;
  readonly shared: TensorMap;
  /** Null before the first round: the personal start. */
  readonly personal: PersonalTensors | null;
  /** Where the base model lay that was named at `join`; undefined where none was. */
  readonly baseModelSource: string | undefined;
}

/** Throws ClientError 'not-joined' when the workspace holds nothing of this group. */
export async function readTrained(workspace: string, group: string): Promise<Trained> {
  const paths = groupPaths(workspace, group);
  const known = await readGroup(paths);
  if (known === null) {
    throw new ClientError(
      'not-joined',
      `the workspace ${workspace} has not joined the group ${group}; join it first`,
    );
  }
  const shared =
    known.checkpoint === null ? null : await readCheckpoint(paths.checkpoints, known.checkpoint.sha256);
  if (known.checkpoint === null || shared === null) {
    throw new ClientError(
      'not-joined',
      `${paths.folder} holds no checkpoint yet; join again and let it take part in a round`,
    );
  }
  const state = await readPersonal(paths.personal);
  return {
    group: known,
    version: known.checkpoint.version,
    shared,
    personal: state?.personal ?? null,
    baseModelSource: await rememberedModel(paths, known.settings.baseModel.fingerprint),
  };
}
