// A learner's probe: what its labels mean to it, as head rows fitted from zero on the frozen base model. Members whose rows
// point the same way are put into one cluster. No adapter is in it, nothing of the rounds, and of the examples what a head
// row of a contribution has too: a direction a label.
import { initialHead } from '@colora/adapters/head';
import { probeRate, probeSteps } from '@colora/protocol/clusters/clusters';
import type { TensorMap } from '@colora/tensors/tensor';
import { fitHead } from '../collaboration/head-fit.ts';
import { drawnExamples, frozenFeatures } from './example-features.ts';
import type { EvidenceLearner } from './learner-evidence.ts';

/** headScale of every probe, whatever the group's: cosines are of one kind. */
const scale = 0.1;

/** A row [F + 1] a label of the learner's own, `head/<label>`. */
export async function learnerProbe({
  engine,
  parts,
  examples: all,
  seed,
}: EvidenceLearner): Promise<TensorMap> {
  const examples = drawnExamples(all, `probe/${seed}`);
  const table = await frozenFeatures(engine, parts, examples);
  const start = initialHead(parts.head.shared, parts.featureSize);
  const fit = { steps: probeSteps, rate: probeRate, scale };
  return fitHead(table, [...examples.keys()], start, fit);
}
