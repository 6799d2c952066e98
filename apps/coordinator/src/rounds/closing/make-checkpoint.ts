// From a checkpoint and a round's contributions to the next checkpoint: the aggregation rule, then the server optimizer's
// step. All that decides its bytes is given, so that whoever holds the same files makes the same ones: close-round.ts out of
// the database, and whoever verifies a checkpoint (rounds/replay/replay-round.ts) out of a folder. No database, no clock.
import { isSumOfContributions } from '@colora/aggregation/applied-weight';
import type { Schema } from '@colora/aggregation/contribution';
import { chooseServerOptimizer } from '@colora/aggregation/optimizers/choose-optimizer';
import { moveTogether } from '@colora/aggregation/privacy/fewest-members';
import { noisedSum } from '@colora/aggregation/privacy/noised-sum';
import { chooseRule } from '@colora/aggregation/rules/choose-rule';
import type { RuleOutcome } from '@colora/aggregation/run-rule';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { TensorMap } from '@colora/tensors/tensor';
import type { BlobSize, BlobStore } from '../../blobs/blob-store.ts';
import type { CheckpointPlan } from '../../checkpoints/checkpoint-plan.ts';
import type { StagedCheckpoint } from '../../checkpoints/stored-checkpoint.ts';
import type { NextCheckpoint } from './next-checkpoint.ts';
import { openOptimizerState } from './optimizer-state.ts';
import { type NoiseSource, sumNoise } from './round-noise.ts';
import { stepCheckpoint } from './step-checkpoint.ts';
import { openContributions, type StoredContribution } from './stored-contributions.ts';
import { tensorWeights } from './tensor-weights.ts';

interface CheckpointInputs {
  readonly settings: Pick<TaskSettings, 'aggregation'>;
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
}

/** Fills `next`. The same inputs give the same bytes. Throws AggregationError on a step that is not finite. */
export async function makeCheckpoint(
  blobs: Pick<BlobStore, 'stream' | 'chunks'>,
  inputs: CheckpointInputs,
  next: NextCheckpoint,
): Promise<MadeCheckpoint> {
  const { base, plan, members, between } = inputs;
  const { aggregation } = inputs.settings;
  const contributions = await openContributions(blobs, inputs.contributions, plan, between);
  const outcome = await moveTogether(chooseRule(aggregation), contributions, inputs.needed, inputs.state);
  const update =
    inputs.noise === null
      ? outcome.update
      : await noisedSum(
          contributions.schema,
          outcome.update,
          contributions.held,
          sumNoise(inputs.noise),
          between,
        );
  const size = { contributions: contributions.senders.length, members };
  const optimizer = chooseServerOptimizer(aggregation);
  const state = openOptimizerState(outcome.state, contributions.schema);
  const step = await stepCheckpoint(
    blobs,
    { blob: base, plan, optimizer, state, update, size, between },
    next.tensors,
  );
  return {
    staged: await next.finish(state),
    coefficients: outcome.coefficients,
    tensorWeights: isSumOfContributions(aggregation)
      ? weightsOf(contributions, outcome.moved, inputs.noise)
      : null,
    metrics: { ...outcome.metrics, ...step },
  };
}

/** Where noise hides who holds which tensor, every tensor was divided by the same. */
function weightsOf(
  contributions: Parameters<typeof tensorWeights>[0] & { readonly schema: Schema },
  moved: ReadonlySet<string>,
  noise: NoiseSource | null,
): Record<string, number> {
  if (noise === null) return tensorWeights(contributions, moved);
  return Object.fromEntries([...contributions.schema.keys()].map((name) => [name, noise.divisor]));
}
