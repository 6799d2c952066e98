// How well heads fit a learner's own examples, all on the same features: which cluster's rows a newcomer goes on with.
import type { TensorMap } from '@colora/tensors/tensor';
import { type FeatureTable, logProbabilities } from '../collaboration/head-fit.ts';
import { pickTensors } from '../pick-tensors.ts';
import { atPersonalStart, drawnExamples, exampleFeatures } from './example-features.ts';
import type { EvidenceLearner } from './learner-evidence.ts';

/**
 * Mean cross-entropy (nats) of the examples under each head, in the order given, with personal tensors at their start.
 * `shared`: a checkpoint; `heads`: rows [F + 1], `head/<label>` of each of the learner's labels. Throws TrainingError
 * `bad-tensors` where one is lacking.
 */
export async function learnerHeadLosses(
  { engine, parts, examples: all, seed }: EvidenceLearner,
  shared: TensorMap,
  heads: readonly TensorMap[],
): Promise<number[]> {
  const examples = drawnExamples(all, `heads/${seed}`);
  const tensors = atPersonalStart(parts, seed, shared, 'the checkpoint');
  const table = await exampleFeatures(engine, parts, tensors, examples);
  const rows = parts.head.shared.map((name) => ({ name, shape: [parts.featureSize + 1] }));
  return heads.map((head) =>
    meanLoss(table, pickTensors(head, rows, 'the cluster’s head'), parts.head.scale),
  );
}

function meanLoss(table: FeatureTable, rows: TensorMap, scale: number): number {
  const { labels } = table;
  const sum = labels.reduce(
    (total, label, example) => total - logProbabilities(table, example, rows, scale)[label]!,
    0,
  );
  return sum / labels.length;
}
