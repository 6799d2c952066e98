// A LoRA trained elsewhere as the start of this member's personal part: joins the group once it is known to fit, and keeps
// it in the workspace, where the daemon's first round goes on from it. Nothing of it is sent.

import { adopt } from '@colora/adapters/adopt';
import type { FoldedAdapter } from '@colora/adapters/fold';
import type { Linear } from '@colora/adapters/layouts';
import { openBaseModel } from '@colora/models/base-model';
import { noOwnRows } from '@colora/training/head-rows/own-rows';
import { asPersonal, type PersonalTensors } from '@colora/training/programs/personal-tensors';
import { taskModules } from '@colora/training/programs/task-modules';
import { ClientError } from '../client-error.ts';
import { logTo } from '../client-log.ts';
import { assertOwnFolder, type GroupPaths, groupPaths } from '../workspace/group-workspace.ts';
import { keepPersonal, readPersonal } from '../workspace/personal-store.ts';
import { lockWorkspace } from '../workspace/workspace-lock.ts';
import { findBaseModel } from './check-base-model.ts';
import type { ClientOptions } from './client-options.ts';
import { type EnterOptions, enterGroup, type Membership } from './enter-group.ts';

export type ImportOptions = EnterOptions &
  Pick<ClientOptions, 'baseModel' | 'log'> & {
    /** Reads the LoRA for these modules of the base model; by their names. */
    readonly readAdapter: (linears: readonly Linear[]) => Promise<ReadonlyMap<string, FoldedAdapter>>;
  };

/**
 * Returns who joined. Throws ClientError 'workspace-mismatch' where the group has a personal part here already,
 * AdapterError where the group's layout, targets or ranks can't hold the adapter exactly, and what joining throws.
 */
export async function importPersonal(options: ImportOptions): Promise<{ participant: string }> {
  const paths = groupPaths(options.workspace, options.group);
  const lock = await lockWorkspace(paths.folder);
  try {
    await assertOwnFolder(paths);
    if ((await readPersonal(paths.personal)) !== null) {
      throw new ClientError(
        'workspace-mismatch',
        `${paths.personal} holds a personal part of ${options.group} already; move it away to start from an adapter`,
      );
    }
    const { group, participant, prepared } = await enterGroup(options, logTo(options.log), (membership) =>
      adoptPersonal(options, paths, membership),
    );
    await keepPersonal(paths.personal, {
      personal: prepared,
      optimizerState: new Map(),
      residual: new Map(),
      rows: noOwnRows,
      account: null,
      mark: { group: group.name, groupCreatedAt: group.createdAt, trained: null, personalised: null },
    });
    return { participant };
  } finally {
    await lock.release();
  }
}

async function adoptPersonal(
  options: ImportOptions,
  paths: GroupPaths,
  { group: { settings } }: Membership,
): Promise<PersonalTensors> {
  const { adapter, seed, task } = settings;
  if ('head' in task && task.head !== 'by-label') {
    throw new ClientError(
      'refused',
      `${options.group} has personal heads, which an adapter doesn't bring; it takes a group whose heads are by label`,
    );
  }
  const baseModel = await findBaseModel(options.baseModel, settings.baseModel, paths, options.signal);
  const { linears } = await openBaseModel(baseModel);
  const folded = await options.readAdapter(linears);
  return asPersonal(adopt(adapter, taskModules(linears, settings), 'personal', folded, seed));
}
