// A learner's evidence: the two passes over its examples that evidence.ts's folds are fitted on.
import { initialHead } from '@colora/adapters/head';
import { sameTensor, type TensorMap } from '@colora/tensors/tensor';
import { type Evidence, gatherEvidence } from '../collaboration/evidence.ts';
import type { Engine } from '../engines/engine.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import type { EncodedExample } from '../tasks/encoded-example.ts';
import { atPersonalStart, drawnExamples, exampleFeatures, frozenFeatures } from './example-features.ts';

export interface EvidenceLearner {
  readonly engine: Engine;
  readonly parts: ModelParts;
  readonly examples: readonly EncodedExample[];
  readonly seed: string | number;
}

/**
 * `shared`: a checkpoint without anything that these examples taught it; personal tensors are at their start, since those
 * have learnt from them too; `personal` are those that it predicts with. Throws TrainingError `bad-tensors` where it lacks one, `wrong-task` of other kinds of tasks.
 */
export async function learnerEvidence(
  { engine, parts, examples: all, seed }: EvidenceLearner,
  { shared, personal }: { readonly shared: TensorMap; readonly personal: TensorMap },
): Promise<Evidence> {
  const examples = drawnExamples(all, `evidence/${seed}`);
  const without = atPersonalStart(parts, seed, shared, 'the checkpoint without one’s own part');
  const rows = parts.head.shared.map((name) => [name, without.get(name)!] as const);
  const zeroRows = initialHead(parts.head.shared, parts.featureSize);
  return gatherEvidence({
    frozen: await frozenFeatures(engine, parts, examples),
    without: await exampleFeatures(engine, parts, without, examples),
    zeroRows,
    rowsWithout: new Map(rows),
    scale: parts.head.scale,
    seed: `folds/${seed}`,
    fits: !parts.personal.every(({ name }) => sameTensor(personal.get(name), without.get(name))),
  });
}
