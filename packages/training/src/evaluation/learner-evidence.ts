// A learner's evidence: the two passes over its examples that evidence.ts's folds are fitted on.
import { initialHead } from '@colora/adapters/head';
import { seededRandom } from '@colora/tensors/random';
import { type TensorMap, zeros } from '@colora/tensors/tensor';
import { type Evidence, gatherEvidence } from '../collaboration/evidence.ts';
import type { Engine } from '../engines/engine.ts';
import { pickTensors } from '../pick-tensors.ts';
import { frozenTensors, initialPersonal, type ModelParts } from '../programs/model-parts.ts';
import type { EncodedExample } from '../tasks/encoded-example.ts';
import { exampleFeatures } from './example-features.ts';

export interface EvidenceLearner {
  readonly engine: Engine;
  readonly parts: ModelParts;
  readonly examples: readonly EncodedExample[];
  readonly seed: number;
}

/** Of more examples a drawn part is looked at: the figures are sharp enough, and fits stay a matter of seconds. */
const mostExamples = 1000;

/**
 * `shared`: a checkpoint without anything that these examples taught it; personal tensors are at their start, since those
 * have learnt from them too. Throws TrainingError `bad-tensors` where it lacks one, `wrong-task` of other kinds of tasks.
 */
export async function learnerEvidence(
  { engine, parts, examples: all, seed }: EvidenceLearner,
  shared: TensorMap,
): Promise<Evidence> {
  const examples =
    all.length <= mostExamples ? all : seededRandom(`evidence/${seed}`).shuffle(all).slice(0, mostExamples);
  const source = 'the checkpoint without one’s own part';
  const without = new Map([
    ...frozenTensors(parts),
    ...initialPersonal(parts, seed),
    ...pickTensors(shared, parts.shared, source),
  ]);
  const rows = parts.head.shared.map((name) => [name, without.get(name)!] as const);
  const zeroRows = initialHead(parts.head.shared, parts.featureSize);
  const noAdapters = parts.adapters.map(({ name, shape }) => [name, zeros(shape)] as const);
  const frozen = new Map([...noAdapters, ...zeroRows]);
  return gatherEvidence({
    frozen: await exampleFeatures(engine, parts, frozen, examples),
    without: await exampleFeatures(engine, parts, without, examples),
    zeroRows,
    rowsWithout: new Map(rows),
    scale: parts.head.scale,
    seed: `folds/${seed}`,
  });
}
