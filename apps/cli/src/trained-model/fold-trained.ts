// A workspace's adapters as one plain LoRA: what is exported and written with. Of a language model that has both, the blend
// of what was trained together and what was trained alone; of a classification, whose predictions are mixed and not its
// adapters, the one trained together.
import { blend } from '@colora/adapters/blend';
import type { FoldedAdapter } from '@colora/adapters/fold';
import type { Trained, TrainedGuard } from '@colora/client/trained';
import type { BaseModel } from '@colora/models/base-model';
import { aloneSettings, isBlended } from '@colora/training/collaboration/guarded-groups';
import { foldModel } from '@colora/training/programs/folded-model';
import { UsageError } from '../usage-error.ts';
import { personalPart } from './personal-part.ts';

/** One of the two models instead of what they make together. */
export type OneModel = 'core' | 'alone';

/** By module name; empty where the group adapts none. Throws UsageError where `only` names what isn't there. */
export function foldTrained(
  trained: Trained,
  { linears }: Pick<BaseModel, 'linears'>,
  only?: OneModel,
): Map<string, FoldedAdapter> {
  const { shared, personal, guard } = trained;
  const { settings } = trained.group;
  if (only === 'alone') return foldModel(aloneSettings(settings), linears, trainedAlone(trained).alone);
  const mixed = only === 'core' || guard === null ? null : guard;
  const part = personalPart(personal, settings, linears, mixed?.ofPersonal ?? 1);
  const core = foldModel(settings, linears, new Map([...shared, ...(part ?? [])]));
  if (mixed === null || !isBlended(settings)) return core;
  return blend([
    { folded: core, weight: mixed.weights.core },
    { folded: foldModel(aloneSettings(settings), linears, mixed.alone), weight: mixed.weights.alone },
  ]);
}

/** Throws UsageError where there is no model trained alone. */
export function trainedAlone({ group, guard }: Trained): TrainedGuard {
  if (guard !== null) return guard;
  throw new UsageError(
    `--only alone: the workspace has no model of ${group.name} that was trained alone; join trains one beside the rounds of a classification or a language model with the layout core, and sets it in the scales at the group's end`,
  );
}
