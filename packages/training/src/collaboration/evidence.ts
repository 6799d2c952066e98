// What a member's own examples say about training alone and training together: every example is judged twice by models
// that have never seen it. Alone: head rows from zero on the frozen base model's features. Together: rows from the
// checkpoint without what she sent herself (own-account.ts), on its features, fitted to her other examples. Of
// the rows nothing of hers is left; of the adapters what others have taken back is not taken out twice (standing-part.ts).
// And by the same checkpoint as it is, fitted to nothing of hers: where that does better, what she adds of her own spoils it. While her
// personal part is at its start she adds nothing, and that is what she predicts with.
import type { TensorMap } from '@colora/tensors/tensor';
import { stratifiedFolds } from './folds.ts';
import { type FeatureTable, fitHead, logProbabilities } from './head-fit.ts';

/** The ways to predict that are set against each other, in this order everywhere; `common`: core without anything personal. */
export const arms = ['alone', 'core', 'common'] as const;

/** One entry an example. */
export interface Evidence {
  /** Log-likelihood (nats) of the right label under the model of each arm that didn't see the example. */
  readonly logLikelihoods: readonly (readonly [alone: number, core: number, common: number])[];
  /** Whether the likeliest label of the first two is the right one. */
  readonly right: readonly (readonly [alone: boolean, core: boolean])[];
}

export interface EvidenceInputs {
  /** On the base model as it is. */
  readonly frozen: FeatureTable;
  /** The same examples on the checkpoint without one's own part, personal tensors at their start. */
  readonly without: FeatureTable;
  /** The head's rows at zero, and those of that checkpoint: by label, in the order of the labels. */
  readonly zeroRows: TensorMap;
  readonly rowsWithout: TensorMap;
  readonly scale: number;
  readonly seed: string | number;
  /** Whether what is trained together is fitted to her examples: false while her personal part is at its start. */
  readonly fits: boolean;
}

const folds = 4;
const rate = 3e-3;
/** Of either arm: what a head from zero needs, and rows that others have trained bear (16 to 64 examples a person; docs/decisions.md). */
const steps = 64;

export function gatherEvidence(inputs: EvidenceInputs): Evidence {
  const { frozen, without, zeroRows, rowsWithout, scale, seed, fits } = inputs;
  const { labels } = frozen;
  const foldOf = stratifiedFolds(labels, folds, seed);
  const judged = { alone: new Map<number, Float64Array>(), core: new Map<number, Float64Array>() };
  const judge = (arm: keyof typeof judged, table: FeatureTable, start: TensorMap, fold: number) => {
    const all = [...labels.keys()];
    const seen = all.filter((example) => foldOf[example] !== fold);
    const rows = fitHead(table, seen, start, { steps, rate, scale });
    for (const example of all)
      if (foldOf[example] === fold) judged[arm].set(example, logProbabilities(table, example, rows, scale));
  };
  const asItIs = labels.map((_, example) => logProbabilities(without, example, rowsWithout, scale));
  for (let fold = 0; fold < folds; fold += 1) {
    judge('alone', frozen, zeroRows, fold);
    if (fits) judge('core', without, rowsWithout, fold);
  }
  const core = (example: number) => judged.core.get(example) ?? asItIs[example]!;
  const isRight = (logs: Float64Array, label: number) => logs.indexOf(Math.max(...logs)) === label;
  return {
    logLikelihoods: labels.map((label, example) => [
      judged.alone.get(example)![label]!,
      core(example)[label]!,
      asItIs[example]![label]!,
    ]),
    right: labels.map((label, example) => [
      isRight(judged.alone.get(example)!, label),
      isRight(core(example), label),
    ]),
  };
}
