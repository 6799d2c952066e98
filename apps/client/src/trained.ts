// What a workspace has learnt, and what it was told of it, read without the coordinator: for `export` and `predict`. Read only; the
// daemon may be running meanwhile, since every file is replaced whole.
import { readdir } from 'node:fs/promises';
import { headLabel } from '@colora/adapters/head';
import type { TensorMap } from '@colora/tensors/tensor';
import { seenBy } from '@colora/training/collaboration/cluster-view';
import { aloneSteps, isGuarded } from '@colora/training/collaboration/guarded-groups';
import { noOwnRows, withOwnRows } from '@colora/training/head-rows/own-rows';
import type { PersonalTensors } from '@colora/training/programs/personal-tensors';
import { ClientError } from './client-error.ts';
import { readCheckpoint } from './line/checkpoints/checkpoint-cache.ts';
import { ownEpsilon } from './privacy/own-budget.ts';
import { readSpending } from './privacy/spending-store.ts';
import { readAlone } from './workspace/alone-store.ts';
import { groupOfFolder } from './workspace/group-folder.ts';
import { type GroupPaths, groupPaths, type KnownGroup, readGroup } from './workspace/group-workspace.ts';
import { type GuardReport, readGuard } from './workspace/guard-store.ts';
import { keptIdentity } from './workspace/identity.ts';
import { readPersonal } from './workspace/personal-store.ts';
import { rememberedModel } from './workspace/remembered-model.ts';
import { readWork, type ToldWork } from './workspace/work-store.ts';

export type { Found, GuardReport } from './workspace/guard-store.ts';
export type { ToldWork } from './workspace/work-store.ts';

export interface Trained {
  readonly group: KnownGroup;
  /** The checkpoint last downloaded. */
  readonly version: number;
  /** With the head rows of this member's cluster, where the group has any, and those that it trains by itself. */
  readonly shared: TensorMap;
  /** Null before the first round: the personal start. */
  readonly personal: PersonalTensors | null;
  /** How predictions are mixed with the arm trained alone; null where there is nothing to mix. */
  readonly guard: TrainedGuard | null;
  /** Where the base model lay that was named at `join`; undefined where none was. */
  readonly baseModelSource: string | undefined;
}

export interface TrainedGuard {
  readonly weights: { readonly alone: number; readonly core: number };
  /** Of the arm trained alone, under aloneSettings of the group's settings. */
  readonly alone: PersonalTensors;
  /** The labels that it knows. */
  readonly labels: readonly string[];
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
    shared: withOwnRows(seenBy(known.place, shared), state?.rows ?? noOwnRows),
    personal: state?.personal ?? null,
    guard: await readTrainedGuard(paths, known),
    baseModelSource: await rememberedModel(paths, known.settings.baseModel.fingerprint),
  };
}

/** What join found at the group's end. Throws ClientError 'not-joined' where it hasn't yet, and what else there is to do. */
export async function readVerdict(workspace: string, group: string): Promise<GuardReport> {
  const paths = groupPaths(workspace, group);
  const known = await readGroup(paths);
  const report = await readGuard(paths.guard);
  if (known !== null && report?.groupCreatedAt === known.createdAt) return report;
  throw new ClientError('not-joined', noVerdict(workspace, group, known));
}

/** Of all groups that the workspace joined at this coordinator and that came to their end, by name; none where it joined elsewhere. */
export async function readVerdicts(workspace: string, url: string): Promise<[group: string, GuardReport][]> {
  const verdicts: [string, GuardReport][] = [];
  for (const name of await groupsAt(workspace, url)) {
    const paths = groupPaths(workspace, name);
    const [known, report] = [await readGroup(paths), await readGuard(paths.guard)];
    if (report !== null && report.groupCreatedAt === known?.createdAt) verdicts.push([name, report]);
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
  const entries = await readdir(workspace, { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [groupOfFolder(entry.name)] : [])).sort();
}

function noVerdict(workspace: string, group: string, known: KnownGroup | null): string {
  if (known === null) return `the workspace ${workspace} has not joined the group ${group}; join it first`;
  return isGuarded(known.settings)
    ? `there is no verdict on ${group} yet: join comes to one when the group is completed, unless it was told --no-guard`
    : `${group} has no verdicts: they are made of classifications by label with the layout core`;
}

/** What was found for another group of that name, or with other labels than one's examples have now, is not used. */
async function readTrainedGuard(paths: GroupPaths, group: KnownGroup): Promise<TrainedGuard | null> {
  const report = await readGuard(paths.guard);
  const alone = await readAlone(paths.alone);
  if (report?.found == null || alone === null) return null;
  if (report.groupCreatedAt !== group.createdAt || alone.groupCreatedAt !== group.createdAt) return null;
  if (alone.data !== report.data || alone.steps < aloneSteps) return null;
  const labels = [...alone.personal.keys()].flatMap((name) => headLabel(name) ?? []);
  return { weights: report.found.weights, alone: alone.personal, labels };
}
