// How likely heads make a learner's own examples, all on the same features: which cluster's rows somebody goes on with.
import type { TensorMap } from '@colora/tensors/tensor';
import { type FeatureTable, logProbabilities } from '../collaboration/head-fit.ts';
import { pickTensors } from '../pick-tensors.ts';
import { atPersonalStart, drawnExamples, exampleFeatures } from './example-features.ts';
import type { EvidenceLearner } from './learner-evidence.ts';

/**
 * Log-likelihoods (nats) of each example's label, a list a head in the order given, with personal tensors at their start.
 * `shared`: a checkpoint; `heads`: rows [F + 1], `head/<label>` of each of the learner's labels. Throws TrainingError
 * `bad-tensors` where one is lacking.
 */
export async function learnerHeadLikelihoods(
  { engine, parts, examples: all, seed }: EvidenceLearner,
  shared: TensorMap,
  heads: readonly TensorMap[],
): Promise<number[][]> {
  const examples = drawnExamples(all, `heads/${seed}`);
  const tensors = atPersonalStart(parts, seed, shared, 'the checkpoint');
  const table = await exampleFeatures(engine, parts, tensors, examples);
  const rows = parts.head.shared.map((name) => ({ name, shape: [parts.featureSize + 1] }));
  return heads.map((head) =>
    likelihoods(table, pickTensors(head, rows, 'the cluster’s head'), parts.head.scale),
  );
}

function likelihoods(table: FeatureTable, rows: TensorMap, scale: number): number[] {
  return table.labels.map((label, example) => logProbabilities(table, example, rows, scale)[label]!);
}
