// What a workspace was told of what it learnt, and what its daemons are at: verdicts, privacy spent, work under way. Read only, without the
// coordinator and without a tensor: `status` shows it at once. What was learnt is trained.ts.
import { isGuarded } from '@colora/training/collaboration/guarded-groups';
import { ClientError } from './client-error.ts';
import { ownEpsilon } from './privacy/own-budget.ts';
import { readSpending } from './privacy/spending-store.ts';
import { groupFolders } from './workspace/group-folder.ts';
import { groupPaths, type KnownGroup, readGroup } from './workspace/group-workspace.ts';
import { type GuardReport, isOf, readGuard } from './workspace/guard-store.ts';
import { keptIdentity } from './workspace/identity.ts';
import { readWork, type ToldWork } from './workspace/work-store.ts';

export type { Found, GuardReport } from './workspace/guard-store.ts';
export type { ToldWork } from './workspace/work-store.ts';

/** What join found at the group's end. Throws ClientError 'not-joined' where it hasn't yet, and what else there is to do. */
export async function readVerdict(workspace: string, group: string): Promise<GuardReport> {
  const paths = groupPaths(workspace, group);
  const known = await readGroup(paths);
  const report = await readGuard(paths.guard);
  if (known !== null && report !== null && isOf(report, known)) return report;
  throw new ClientError('not-joined', noVerdict(workspace, group, known, report));
}

/** Of all groups that the workspace joined at this coordinator and that came to their end, by name; none where it joined elsewhere. */
export async function readVerdicts(workspace: string, url: string): Promise<[group: string, GuardReport][]> {
  const verdicts: [string, GuardReport][] = [];
  for (const name of await groupsAt(workspace, url)) {
    const paths = groupPaths(workspace, name);
    const [known, report] = [await readGroup(paths), await readGuard(paths.guard)];
    if (report !== null && known !== null && isOf(report, known)) verdicts.push([name, report]);
  }
  return verdicts;
}

/** What the daemons of a workspace are at, by group, where something lasts. */
export async function readWorks(workspace: string, url: string): Promise<[group: string, ToldWork][]> {
  const works: [string, ToldWork][] = [];
  for (const name of await groupsAt(workspace, url)) {
    const work = await readWork(groupPaths(workspace, name).work);
    if (work !== null) works.push([name, work]);
  }
  return works;
}

/** What this member spent of her privacy in each group with a budget, as she counts it. */
export async function readSpendings(workspace: string, url: string): Promise<[group: string, OwnSpending][]> {
  const spendings: [string, OwnSpending][] = [];
  for (const name of await groupsAt(workspace, url)) {
    const paths = groupPaths(workspace, name);
    const known = await readGroup(paths);
    const kept = known === null ? null : await readSpending(paths.spending, known.createdAt);
    if (known === null || kept === null) continue;
    const { epsilon: budget = null } = known.settings.privacy;
    spendings.push([name, { epsilon: ownEpsilon(kept), delta: kept.delta, budget }]);
  }
  return spendings;
}

export interface OwnSpending {
  readonly epsilon: number;
  readonly delta: number;
  /** The group's, of all its rounds. */
  readonly budget: number | null;
}

/** Folders that may be those of groups, by name; none where the workspace joined elsewhere. */
async function groupsAt(workspace: string, url: string): Promise<string[]> {
  const identity = await keptIdentity(workspace);
  if (identity === null || identity.url !== url.replace(/\/+$/, '')) return [];
  return groupFolders(workspace);
}

function noVerdict(
  workspace: string,
  group: string,
  known: KnownGroup | null,
  report: GuardReport | null,
): string {
  if (known === null) return `the workspace ${workspace} has not joined the group ${group}; join it first`;
  if (report?.groupCreatedAt === known.createdAt)
    return `the verdict on ${group} was of other examples than those it last took part with: join comes to another when the group is completed, unless it is told --no-guard`;
  return isGuarded(known.settings)
    ? `there is no verdict on ${group} yet: join comes to one when the group is completed, unless it was told --no-guard`
    : `${group} has no verdicts: they are made of classifications by label with the layout core`;
}
