// A verdict in the light of what the members of its group have told by now: for `colora verdict --ask`, with a workspace alone.
// What a daemon does at its group's end is round/hear-group.ts.
import { askGroup } from './round/hear-group.ts';
import { readVerdict } from './told.ts';
import { groupPaths } from './workspace/group-workspace.ts';
import type { GuardReport } from './workspace/guard-store.ts';
import { type Asking, openWorkspaceApi, silenceSeconds } from './workspace-api.ts';

/**
 * Asks the coordinator that the workspace belongs to, tells it nothing, and keeps what it hears for predictions too. Throws
 * ClientError 'not-joined' where there is no verdict, 'plain-address', NetworkProblem where nobody answers.
 */
export async function hearVerdict(workspace: string, group: string, asking: Asking): Promise<GuardReport> {
  const report = await readVerdict(workspace, group);
  const { api } = await openWorkspaceApi(workspace, asking);
  const options = { signal: new AbortController().signal, silenceSeconds };
  return await askGroup(
    { api, log: asking.log, options, group: { name: group }, paths: groupPaths(workspace, group) },
    report,
  );
}
