// A LoRA trained elsewhere as the start of this member's personal part: joins the group and keeps it in the
// workspace, where the daemon's first round goes on from it. Nothing of it is sent.
import { adopt } from '@colora/adapters/adopt';
import type { FoldedAdapter } from '@colora/adapters/fold';
import type { Linear } from '@colora/adapters/layouts';
import { openBaseModel } from '@colora/models/base-model';
import { asPersonal } from '@colora/training/programs/personal-tensors';
import { taskModules } from '@colora/training/programs/task-modules';
import { ClientError } from '../client-error.ts';
import { logTo } from '../client-log.ts';
import { groupPaths } from '../workspace/group-workspace.ts';
import { keepPersonal, readPersonal } from '../workspace/personal-store.ts';
import { lockWorkspace } from '../workspace/workspace-lock.ts';
import { findBaseModel } from './check-base-model.ts';
import type { ClientOptions } from './client-options.ts';
import { enterGroup } from './enter-group.ts';

export type ImportOptions = Pick<
  ClientOptions,
  'url' | 'group' | 'baseModel' | 'workspace' | 'key' | 'name' | 'invitation' | 'proxy' | 'signal' | 'log'
> & {
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
    if ((await readPersonal(paths.personal)) !== null) {
      throw new ClientError(
        'workspace-mismatch',
        `${paths.personal} holds a personal part of ${options.group} already; move it away to start from an adapter`,
      );
    }
    const { group, participant } = await enterGroup(options, logTo(options.log));
    const baseModel = await findBaseModel(options.baseModel, group.settings.baseModel);
    const { linears } = await openBaseModel(baseModel);
    const folded = await options.readAdapter(linears);
    const { adapter, seed, task } = group.settings;
    const modules = taskModules(linears, group.settings);
    if ('head' in task && task.head !== 'by-label') {
      throw new ClientError(
        'refused',
        `${options.group} has personal heads, which an adapter doesn't bring; it takes a group whose heads are by label`,
      );
    }
    await keepPersonal(paths.personal, {
      personal: asPersonal(adopt(adapter, modules, 'personal', folded, seed)),
      optimizerState: new Map(),
      residual: new Map(),
      mark: { group: group.name, groupCreatedAt: group.createdAt, trained: null, personalised: null },
    });
    return { participant };
  } finally {
    await lock.release();
  }
}
