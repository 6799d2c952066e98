import { headLabel } from '@colora/adapters/head';
import type { TensorMap } from '@colora/tensors/tensor';
import { seenBy } from '@colora/training/collaboration/cluster-view';
import { aloneSteps } from '@colora/training/collaboration/guarded-groups';
import { noOwnRows, withOwnRows } from '@colora/training/head-rows/own-rows';
import type { PersonalTensors } from '@colora/training/programs/personal-tensors';
import { ClientError } from './client-error.ts';
import { readCheckpoint } from './line/checkpoints/checkpoint-cache.ts';
import { readAlone } from './workspace/alone-store.ts';
import { type GroupPaths, groupPaths, type KnownGroup, readGroup } from './workspace/group-workspace.ts';
import { isOf, readGuard } from './workspace/guard-store.ts';
import { readPersonal } from './workspace/personal-store.ts';
import { rememberedModel } from './workspace/remembered-model.ts';

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
  /** How much of the personal part counts in core, 0 to 1. */
  readonly ofPersonal: number;
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

/**
 * What was found for another group of that name, or by other examples than one's own now, is not used. Throws ClientError
 * 'workspace-damaged' where one of the two models is gone: the other one by itself is not what was promised.
 */
async function readTrainedGuard(paths: GroupPaths, group: KnownGroup): Promise<TrainedGuard | null> {
  const report = await readGuard(paths.guard);
  if (report?.found == null || !isOf(report, group)) return null;
  const alone = await readAlone(paths.alone);
  if (alone === null)
    throw new ClientError(
      'workspace-damaged',
      `${paths.alone}, the model trained alone, is damaged or missing: colora join trains it anew; or move ${paths.guard} away to go by what was trained together`,
    );
  if (alone.groupCreatedAt !== group.createdAt) return null;
  if (alone.data !== report.data || alone.steps < aloneSteps) return null;
  const labels = [...alone.personal.keys()].flatMap((name) => headLabel(name) ?? []);
  const { weights, ofPersonal } = report.found;
  return { weights, ofPersonal, alone: alone.personal, labels };
}
