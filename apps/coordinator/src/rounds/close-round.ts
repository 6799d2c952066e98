// How a round becomes a checkpoint, on one page:
//
//   claim it -> average its contributions -> take the server optimizer's step -> commit -> announce
//
// Contributions pass one at a time, in the order of their participants' ids, so that memory is
// O(model) and the same contributions give the same checkpoint bytes. Nobody but the claim's holder commits.

import { AggregationError } from '@colora/aggregation/aggregation-error';
import { chooseServerOptimizer } from '@colora/aggregation/choose-optimizer';
import { accumulate, finish, init } from '@colora/aggregation/weighted-mean';
import { SafetensorsError } from '@colora/tensors/safetensors';
import type { TensorMap } from '@colora/tensors/tensor';
import { decodeContribution } from '@colora/tensors/wire-file';
import { readCheckpoint, type StoredCheckpoint } from '../checkpoints/stored-checkpoint.ts';
import type { Context } from '../context.ts';
import type { RoundModel } from '../generated/prisma/models.ts';
import { claimRound, LostClaim, leaseKeeper, releaseClaim } from './claim-round.ts';
import { commitRound, failRound } from './commit-round.ts';
import type { KnownSituation } from './read-situation.ts';
import { type ContributionFigures, roundMetrics } from './round-metrics.ts';

/** True when this call closed the round; false when another closer has it. */
export async function closeRound(context: Context, situation: KnownSituation): Promise<boolean> {
  if (situation.roundId === null) return false;
  const round = await claimRound(context, situation.roundId);
  if (round === null) return false;
  const log = context.log.child({ taskGroupId: round.groupId, roundId: round.id });
  try {
    const began = performance.now();
    const start = await readCheckpoint(context, round.groupId, round.version);
    const mean = await averageContributions(context, round, start);
    const optimizer = chooseServerOptimizer(situation.settings.aggregation);
    const step = optimizer.next(start.optimizerState, start.tensors, mean.update);
    const seconds = (performance.now() - began) / 1000;
    const metrics = { ...roundMetrics(round, mean.figures), ...step.metrics, aggregationSeconds: seconds };
    const published = await commitRound(context, situation, round, step, metrics);
    log.info({ round: round.number, version: published, ...metrics }, 'round committed');
    context.hints.tell(round.groupId, 'checkpoint:published', {
      group: situation.groupName,
      version: published,
    });
    return true;
  } catch (error) {
    if (error instanceof LostClaim) return false;
    if (isLasting(error)) {
      await failRound(context, situation, round, error.message);
      return true;
    }
    await releaseClaim(context, round.id).catch(() => undefined); // else the lease runs out by itself
    throw error;
  }
}

/** Trying again would give the same: a step that is not finite, stored bytes that do not decode. */
function isLasting(error: unknown): error is Error {
  return error instanceof AggregationError || error instanceof SafetensorsError;
}

async function averageContributions(
  context: Context,
  round: RoundModel,
  start: StoredCheckpoint,
): Promise<{ update: TensorMap; figures: ContributionFigures[] }> {
  const contributions = await context.db.contribution.findMany({
    where: { roundId: round.id },
    orderBy: { participantId: 'asc' },
    include: { blob: true },
  });
  const renewLease = leaseKeeper(context, round.id);
  let mean = init(start.tensors);
  for (const { blob, weight } of contributions) {
    const { tensors } = decodeContribution(await context.blobs.read(blob), start.tensors);
    mean = accumulate(mean, { weight, tensors });
    await renewLease();
  }
  return { update: finish(mean), figures: contributions };
}
