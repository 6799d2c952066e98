// A language model's guard: for each fold of its own examples one arm is trained alone on the others, and in the end the
// checkpoint without half of what this member sent is fitted to these others too, its cores alone. The fold's examples say how
// much of each a blend should be.

import { blend } from '@colora/adapters/blend';
import type { Linear } from '@colora/adapters/layouts';
import { openBaseModel } from '@colora/models/base-model';
import type { TensorMap } from '@colora/tensors/tensor';
import { blendGrid } from '@colora/training/collaboration/blend-weight';
import { stratifiedFolds } from '@colora/training/collaboration/folds';
import { aloneSettings, aloneSteps } from '@colora/training/collaboration/guarded-groups';
import { judge, type Verdict } from '@colora/training/collaboration/verdict';
import { foldModel, unfoldModel } from '@colora/training/programs/folded-model';
import type { Example } from '@colora/training/tasks/tasks';
import type { WorkWatch } from '../work/watch-work.ts';
import { readAlone } from '../workspace/alone-store.ts';
import { type AloneArm, type AloneArmOptions, nameExamples, openAloneArm } from './alone-arm.ts';

export interface LanguageGuard {
  readonly arms: readonly AloneArm[];
  /** `without`: the checkpoint without `ownLeftOut` of what these examples taught it. Called when the arms are done. */
  findOut(without: TensorMap, work: WorkWatch, signal: AbortSignal): Promise<LanguageFinding>;
}

export interface LanguageFinding {
  /** Nats of each own example under each blend of the grid. */
  readonly logLikelihoods: number[][];
  readonly verdict: Verdict;
}

export type LanguageGuardOptions = Omit<AloneArmOptions, 'path' | 'steps' | 'what'> & {
  readonly pathOf: (fold: number) => string;
};

const folds = 4;
/** Of the cores, on the examples of the other folds: what a core from the identity needs. */
const coreSteps = 16;
/**
 * Of one's own part of the checkpoint. Without any of it the others' part is judged, which writes far worse than what both made; with
 * all of it one's own examples have been seen: half way is nearest to what it does on others (docs/decisions.md), as the .632
 * estimator stands between the two errors (Efron 1983).
 */
export const ownLeftOut = 0.5;
/** With fewer, a fold hardly holds one. */
export const fewestExamples = 2 * folds;

/** Null where there are too few examples to judge by. */
export async function openLanguageGuard(options: LanguageGuardOptions): Promise<LanguageGuard | null> {
  const { examples, seed, pathOf } = options;
  if (examples.length < fewestExamples) return null;
  const foldOf = stratifiedFolds(new Array(examples.length).fill(0), folds, `folds/${seed}`);
  const parts = Array.from({ length: folds }, (_, fold) => ({
    what: `fold ${fold + 1} of ${folds}`,
    path: pathOf(fold),
    seen: examples.filter((_, index) => foldOf[index] !== fold),
    unseen: examples.filter((_, index) => foldOf[index] === fold),
  }));
  const steps = Math.round(aloneSteps * (1 - 1 / folds)); // as many passes as over all of them
  const arms = await Promise.all(
    parts.map(({ what, path, seen }) =>
      openAloneArm({
        ...{ ...options, what: `the model alone, ${what}`, path, steps },
        ...{ examples: seen, data: nameExamples(seen) }, // another fold, by another seed, begins anew
      }),
    ),
  );
  return {
    arms,
    async findOut(without, work, signal) {
      const { linears } = await openBaseModel(options.baseModel);
      const logLikelihoods: number[][] = [];
      for (const part of parts) {
        const judged = await judgeFold(options, { ...part, without, linears }, work, signal);
        logLikelihoods.push(...judged);
      }
      return { logLikelihoods, verdict: judge({ right: logLikelihoods.map(likelierOf) }, null) };
    },
  };
}

/** Alone, or the even blend: one that is fixed beforehand, since the one chosen was chosen by these very examples. */
function likelierOf(logs: readonly number[]): readonly [alone: boolean, together: boolean] {
  const [alone, together] = [logs[0]!, logs[blendGrid.indexOf(0.5)]!];
  return [alone > together, together > alone];
}

interface Fold {
  /** In a few words. */
  readonly what: string;
  readonly path: string;
  readonly seen: readonly Example[];
  readonly unseen: readonly Example[];
  readonly without: TensorMap;
  readonly linears: readonly Linear[];
}

/** Nats of each unseen example under each blend of the grid. */
async function judgeFold(
  options: LanguageGuardOptions,
  { what, path, seen, unseen, without, linears }: Fold,
  work: WorkWatch,
  signal: AbortSignal,
): Promise<number[][]> {
  const { trainer, baseModel, settings, seed } = options;
  const alone = await readAlone(path);
  if (alone === null) throw new Error(`${path} was there and is no more`);
  const learner = await trainer.openLearner({ baseModel, settings, examples: [...seen], seed });
  const { personal } = await work
    .during(
      { what: `fitting the core to ${what}`, steps: coreSteps },
      (onStep) => learner.personalise({ shared: without, steps: coreSteps, onStep }),
      signal,
    )
    .finally(() => void learner.close().catch(() => undefined));
  const core = foldModel(settings, linears, new Map([...without, ...personal]));
  const own = foldModel(aloneSettings(settings), linears, alone.personal);
  const rank = 2 * settings.adapter.rank;
  const models = blendGrid.map((a) =>
    unfoldModel(
      settings,
      linears,
      blend([
        { folded: core, weight: a },
        { folded: own, weight: 1 - a },
      ]),
      rank,
    ),
  );
  const judging = await trainer.openLearner({
    ...{ baseModel, settings: models[0]!.settings, examples: [], labels: [], heldOut: [...unseen], seed },
  });
  try {
    const losses: number[][] = [];
    for (const { shared } of models) {
      const under = () => judging.heldOutLosses({ shared });
      losses.push(await work.during({ what: `judging ${what}` }, under, signal));
    }
    return losses[0]!.map((_, example) => losses.map((under) => -under[example]!));
  } finally {
    judging.close().catch(() => undefined);
  }
}
