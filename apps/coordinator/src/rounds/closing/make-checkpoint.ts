// From a checkpoint and a round's contributions to the next checkpoint: the aggregation rule, then the server optimizer's
// step. All that decides its bytes is given, so that whoever holds the same files makes the same ones: close-round.ts out of
// the database, and whoever verifies a checkpoint (rounds/replay/replay-round.ts) out of a folder. No database, no clock.

import { isSumOfContributions } from '@colora/aggregation/applied-weight';
import { chooseServerOptimizer } from '@colora/aggregation/optimizers/choose-optimizer';
import { moveTogether } from '@colora/aggregation/privacy/fewest-members';
import { noisedSum } from '@colora/aggregation/privacy/noised-sum';
import { chooseRule } from '@colora/aggregation/rules/choose-rule';
import type { RuleOutcome } from '@colora/aggregation/run-rule';
import type { VerdictSums } from '@colora/privacy/rings/verdict-numbers';
import type { Unmasking } from '@colora/protocol/masking/unmasking';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import type { BlobSize, BlobStore } from '../../blobs/blob-store.ts';
import type { CheckpointPlan } from '../../checkpoints/checkpoint-plan.ts';
import type { StagedCheckpoint } from '../../checkpoints/stored-checkpoint.ts';
import type { NextCheckpoint } from './next-checkpoint.ts';
import { openOptimizerState } from './optimizer-state.ts';
import { type NoiseSource, sumNoise } from './round-noise.ts';
import { stepCheckpoint } from './step-checkpoint.ts';
import { openContributions, type StoredContribution } from './stored-contributions.ts';
import { tensorWeights } from './tensor-weights.ts';
import { unmaskedMean } from './unmask-sum.ts';

interface CheckpointInputs {
  readonly settings: Pick<TaskSettings, 'aggregation' | 'privacy' | 'rounds'>;
  /** The checkpoint it comes of. */
  readonly base: BlobSize;
  /** Of that one's tensors, and of those that the next one has beside them. */
  readonly plan: CheckpointPlan;
  /** The optimizer's at the base; taken over. */
  readonly state: TensorMap;
  /** In the order of their participants' ids. */
  readonly contributions: readonly StoredContribution[];
  /** How many members the group has: what SCAFFOLD's controls move by. */
  readonly members: number;
  /** How many have to hold a tensor for it to move. */
  readonly needed: number;
  /** On the sum; null: none. */
  readonly noise: NoiseSource | null;
  /** Of masked contributions: what takes the masks off; null of others. */
  readonly unmasking: Unmasking | null;
  /** Called between pieces. */
  readonly between: () => Promise<void>;
}

interface MadeCheckpoint {
  readonly staged: StagedCheckpoint;
  /** How much of the update each contribution is; null of rules that look at each value by itself. */
  readonly coefficients: RuleOutcome['coefficients'];
  /** By tensor (Round.tensorWeights); null where nobody's part can be told. */
  readonly tensorWeights: Readonly<Record<string, number>> | null;
  readonly metrics: Record<string, number>;
  /** Of a masked round's members; null where none of them told any. */
  readonly verdicts: VerdictSums | null;
}

/** Fills `next`. The same inputs give the same bytes. Throws AggregationError on a step that is not finite. */
export async function makeCheckpoint(
  blobs: Pick<BlobStore, 'stream' | 'chunks'>,
  inputs: CheckpointInputs,
  next: NextCheckpoint,
): Promise<MadeCheckpoint> {
  const { base, plan, members, between } = inputs;
  const { aggregation } = inputs.settings;
  const outcome =
    inputs.unmasking === null ? await ruled(blobs, inputs) : await unmasked(blobs, inputs, inputs.unmasking);
  const size = { contributions: inputs.contributions.length, members };
  const optimizer = chooseServerOptimizer(aggregation);
  const state = openOptimizerState(outcome.state, schemaOf(plan));
  const step = await stepCheckpoint(
    blobs,
    { blob: base, plan, optimizer, state, update: outcome.update, size, between },
    next.tensors,
  );
  return {
    staged: await next.finish(state),
    coefficients: outcome.coefficients,
    tensorWeights: isSumOfContributions(aggregation) ? outcome.weights : null,
    metrics: { ...outcome.metrics, ...step },
    verdicts: outcome.verdicts,
  };
}

type Combined = Pick<RuleOutcome, 'update' | 'state' | 'coefficients' | 'metrics'> & {
  /** By tensor that moves, what those who hold it weigh together. */
  readonly weights: Readonly<Record<string, number>>;
  readonly verdicts: VerdictSums | null;
};

/** By the aggregation rule. */
async function ruled(blobs: Pick<BlobStore, 'chunks'>, inputs: CheckpointInputs): Promise<Combined> {
  const { plan, between, needed } = inputs;
  const contributions = await openContributions(blobs, inputs.contributions, plan, between);
  const rule = chooseRule(inputs.settings.aggregation);
  const outcome = await moveTogether(rule, contributions, needed, inputs.state);
  if (inputs.noise === null)
    return { ...outcome, weights: tensorWeights(contributions, outcome.moved), verdicts: null };
  const { schema, held } = contributions;
  const update = await noisedSum(schema, outcome.update, held, sumNoise(inputs.noise), between);
  // who holds which tensor is hidden: every one was divided by the same
  const { divisor } = inputs.noise;
  return {
    ...outcome,
    update,
    weights: Object.fromEntries([...schema.keys()].map((name) => [name, divisor])),
    verdicts: null,
  };
}

/** Out of the sum alone: the mean. */
async function unmasked(
  blobs: Pick<BlobStore, 'chunks'>,
  { contributions, ...inputs }: CheckpointInputs,
  unmasking: Unmasking,
): Promise<Combined> {
  const blobIds = contributions.map(({ blobId }) => blobId);
  const mean = await unmaskedMean(blobs, { ...inputs, blobIds, unmasking });
  return { ...mean, state: inputs.state, coefficients: null };
}

function schemaOf({ tensors }: CheckpointPlan): ReadonlyMap<string, Pick<Tensor, 'shape'>> {
  return new Map(tensors.map(({ name, shape }) => [name, { shape }]));
}
