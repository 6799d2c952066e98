// How a round becomes a checkpoint, on one page:
//
//   claim it -> run the aggregation rule over what enough members hold -> take the server optimizer's step -> commit -> announce
//
// Piece by piece of the checkpoint, contributions pass one at a time, in the order of their participants' ids, so that
// memory doesn't grow with their number and the same contributions give the same checkpoint bytes. The next checkpoint
// is staged as it comes about. Nobody but the claim's holder commits.
import { AggregationError } from '@colora/aggregation/aggregation-error';
import { membersNeeded } from '@colora/aggregation/privacy/fewest-members';
import type { RuleOutcome } from '@colora/aggregation/run-rule';
import { isMasked, minMembersOf, type TaskSettings } from '@colora/protocol/task-settings';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { SafetensorsError } from '@colora/tensors/safetensors/safetensors-error';
import { elementCount, type TensorMap } from '@colora/tensors/tensor';
import { findCheckpoint } from '../../checkpoints/stored-checkpoint.ts';
import type { Context } from '../../context.ts';
import type { RoundModel } from '../../generated/prisma/models.ts';
import { clusterFacts, nextPlan } from '../../grouping/row-plan.ts';
import { readUnmasking } from '../../masking/read-unmasking.ts';
import { addedOf } from '../../proofs/write-manifest.ts';
import { readClock, secondsAfter } from '../../sql/database-clock.ts';
import { readPhaseSeconds } from '../masked/told-phases.ts';
import type { KnownSituation } from '../read-situation.ts';
import { announceCheckpoint } from './announce-checkpoint.ts';
import { claimRound, LostClaim, leaseKeeper, releaseClaim } from './claim-round.ts';
import { commitRound, failRound } from './commit-round.ts';
import type { ContributionPart } from './contribution-parts.ts';
import { makeCheckpoint } from './make-checkpoint.ts';
import { type NextCheckpoint, stageNextCheckpoint } from './next-checkpoint.ts';
import { maskedMetrics, roundMetrics } from './round-metrics.ts';
import { drawNoise } from './round-noise.ts';

/** True when this call closed the round; false when another closer has it. */
export async function closeRound(context: Context, situation: KnownSituation): Promise<boolean> {
  if (situation.roundId === null) return false;
  const round = await claimRound(context, situation.roundId);
  if (round === null) return false;
  const attributes = { 'colora.group': situation.groupName, 'colora.round': round.number };
  return await context.tracing.during('round close', () => closeClaimed(context, situation, round), {
    attributes,
  });
}

async function closeClaimed(
  context: Context,
  situation: KnownSituation,
  round: RoundModel,
): Promise<boolean> {
  const { tracing } = context;
  const log = context.log.child({ taskGroupId: round.groupId, roundId: round.id });
  const next = stageNextCheckpoint(context.blobs, situation.settings.wire.download);
  try {
    const began = performance.now();
    const outcome = await tracing.during('round aggregate', () => aggregate(context, situation, round, next));
    tracing.link(outcome.figures.map(({ trace }) => trace));
    const { staged, figures, parts, tensorWeights, verdicts, source, noise, metrics: step } = outcome;
    const seconds = (performance.now() - began) / 1000;
    const now = await readClock(context.db);
    const told = isMasked(situation.settings)
      ? maskedMetrics(round, figures, now)
      : roundMetrics(round, figures, now, situation.settings);
    const metrics = { ...told, ...step, aggregationSeconds: seconds };
    const phases = isMasked(situation.settings)
      ? await readPhaseSeconds(context.db, round.id, secondsAfter(now, -seconds))
      : [];
    const closed = { staged, parts, tensorWeights, verdicts, source, noise, metrics };
    const published = await tracing.during('round commit', () =>
      commitRound(context, situation, round, closed),
    );
    tellMeters(context, metrics, (performance.now() - began) / 1000);
    for (const { phase, seconds } of phases) context.meters.phase(phase, seconds);
    context.blobs.forget(figures.map(({ blobId }) => blobId));
    log.info({ round: round.number, version: published, ...metrics }, 'round committed');
    announceCheckpoint(context, situation, published);
    return true;
  } catch (error) {
    void next.discard();
    if (error instanceof LostClaim) return false;
    if (isLasting(error)) {
      await failRound(context, situation, round, error.message);
      return true;
    }
    await releaseClaim(context, round.id).catch(() => undefined); // else the lease runs out by itself
    throw error;
  }
}

/** `closing`: seconds from the claim to the commit. */
function tellMeters(
  { meters }: Context,
  { seconds, aggregationSeconds }: { readonly seconds?: number; readonly aggregationSeconds: number },
  closing: number,
): void {
  meters.round('committed');
  if (seconds !== undefined) meters.phase('collecting', seconds - aggregationSeconds);
  meters.phase('aggregating', aggregationSeconds);
  meters.phase('committing', closing - aggregationSeconds);
}

/** Trying again would give the same: a step that is not finite, stored bytes that do not decode. */
function isLasting(error: unknown): error is Error {
  return error instanceof AggregationError || error instanceof SafetensorsError;
}

/** Fills the next checkpoint; nobody sees it before the commit. */
async function aggregate(
  context: Context,
  { settings }: KnownSituation,
  round: RoundModel,
  next: NextCheckpoint,
) {
  const { blobs, db } = context;
  const { blob, optimizerBlob } = await findCheckpoint(context.db, round.groupId, round.version);
  const plan = await nextPlan(context, await clusterFacts(db, round.groupId), blob);
  const figures = await db.contribution.findMany({
    where: { roundId: round.id },
    orderBy: { participantId: 'asc' },
    include: { blob: { select: { bytes: true } } },
  });
  const state: TensorMap =
    optimizerBlob === null ? new Map() : decode(await blobs.read(optimizerBlob)).tensors;
  const members = await db.membership.count({ where: { groupId: round.groupId } });
  const needed = membersNeeded(minMembersOf(settings), round.members);
  const between = breather(leaseKeeper(context, round.id));
  const values = plan.tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const drawn = { contributions: figures.length, drawnFrom: round.drawnFrom, values };
  const noise = drawNoise(settings, drawn);
  const unmasking = isMasked(settings) ? await readUnmasking(db, round) : null;
  const sources = { contributions: figures, noise, unmasking };
  const made = await makeCheckpoint(
    blobs,
    { settings, base: blob, plan, state, ...sources, members, needed, between },
    next,
  );
  const base = {
    version: round.version,
    checkpoint: blob.sha256,
    optimizer: optimizerBlob?.sha256 ?? null,
  };
  const source = { base, members, needed, added: addedOf(plan) };
  return { ...made, figures, source, noise, parts: partsOf(settings, made, figures) };
}

/** Empty of coordinate-wise rules, and of the mean, whose parts are the weights. */
function partsOf(
  { aggregation }: TaskSettings,
  { coefficients }: Pick<RuleOutcome, 'coefficients'>,
  contributions: readonly { participantId: string }[],
): ContributionPart[] {
  if (coefficients === null || aggregation.rule === 'mean') return [];
  return contributions.map(({ participantId }, i) => ({ participantId, part: coefficients[i]! }));
}

/** Between two pieces others get their turn, and the lease is renewed when it is time. */
function breather(renewLease: () => Promise<void>): () => Promise<void> {
  return async () => {
    await new Promise((turn) => setImmediate(turn));
    await renewLease();
  };
}
