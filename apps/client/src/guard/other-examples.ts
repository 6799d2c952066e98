// A verdict holds for the examples that it was made of. Who comes with others, guarded or not, is told that hers counts no more.
import type { Log } from '../client-log.ts';
import type { GroupPaths } from '../workspace/group-workspace.ts';
import { readGuard } from '../workspace/guard-store.ts';

interface Coming {
  readonly paths: GroupPaths;
  readonly group: { readonly createdAt: string };
  readonly log: Log;
  /** Names the examples that she comes with. */
  readonly data: string;
  /** Whether these will be judged. */
  readonly isGuarded: boolean;
}

export async function tellOtherExamples({ paths, group, log, data, isGuarded }: Coming): Promise<void> {
  const report = await readGuard(paths.guard);
  if (report === null || report.groupCreatedAt !== group.createdAt || report.data === data) return;
  const until = isGuarded ? ' until these are judged, at the group’s end' : '';
  log(
    'info',
    `these are other examples than its verdict was made of, which counts no more: the shared model answers${until}`,
  );
}
