// What became of a member's own contribution, told to that member alone: in which checkpoint it is, and with which weight
// each of its tensors was applied. What the others sent is in the answer only as what all holders of a tensor weigh together.
import { appliedWeight } from '@colora/aggregation/applied-weight';
import { isInLine } from '@colora/protocol/checkpoints/rollbacks';
import { isControl } from '@colora/protocol/control-names';
import { isMasked, type TaskSettings } from '@colora/protocol/task-settings';
import { lengthBytes, parseHeader } from '@colora/tensors/safetensors/safetensors-header';
import { findGroupFor } from '../access/find-group.ts';
import { roundKey } from '../access/round-key.ts';
import { rollbacksOf, settingsOf } from '../access/stored-settings.ts';
import type { Context } from '../context.ts';
import type { Call, Result } from '../http/call.ts';
import { participantOf, unknownRound } from '../refusals.ts';

const nothing = { sha256: null, version: null, weights: null } as const;

export async function showContribution(
  context: Context,
  { params, caller }: Call<'showContribution'>,
): Promise<Result<'showContribution'>> {
  const { db } = context;
  const participantId = participantOf(caller);
  const group = await findGroupFor(context, params.group, caller);
  const madeFor = await db.round.findUnique({
    where: roundKey(group, params.round),
    select: { id: true },
  });
  if (madeFor === null) throw unknownRound(params.group, params.round);
  const found = await db.contribution.findUnique({
    where: { madeForId_participantId: { madeForId: madeFor.id, participantId } },
    include: { round: true, blob: { include: { chunks: { where: { index: 0 }, select: { index: true } } } } },
  });
  if (found === null || found.round.state === 'failed') return { ...nothing, state: 'dropped' };
  const { round, blob, blobId } = found;
  const { sha256 } = blob;
  if (round.state !== 'committed') return { ...nothing, state: 'waiting', sha256 };
  const inLine = isInLine(rollbacksOf(group), group.checkpointVersion ?? 0, round.version + 1);
  if (!inLine) return { ...nothing, state: 'dropped' };
  const totals = round.tensorWeights as Record<string, number> | null;
  const settings = settingsOf(group);
  if (isMasked(settings))
    return { state: 'applied', sha256, version: round.version + 1, weights: weightsIn(settings, totals) };
  const names = totals === null || blob.chunks.length === 0 ? null : await tensorNames(context, blobId);
  const { aggregation } = settings;
  const weights =
    totals === null || names === null
      ? null
      : Object.fromEntries(names.map((name) => [name, weightIn(aggregation, found, totals[name])]));
  return { state: 'applied', sha256, version: round.version + 1, weights };
}

/**
 * Of a masked contribution the coordinator knows neither the weight nor which tensors it holds: what one is in the checkpoint of what
 * its sender added to the sum, of each tensor that moved.
 */
function weightsIn(
  { aggregation }: TaskSettings,
  totals: Readonly<Record<string, number>> | null,
): Record<string, number> | null {
  if (totals === null) return null;
  const one = { weight: 1, staleness: 0 };
  return Object.fromEntries(
    Object.entries(totals).map(([name, total]) => [name, weightIn(aggregation, one, total)]),
  );
}

/** 0 of a tensor that too few held for the round to move it. */
function weightIn(
  aggregation: Parameters<typeof appliedWeight>[0],
  sent: Parameters<typeof appliedWeight>[1],
  total: number | undefined,
): number {
  return total === undefined ? 0 : appliedWeight(aggregation, sent, total);
}

/** Of the tensors that a stored contribution holds; controls move by a rule of their own. */
async function tensorNames({ blobs }: Pick<Context, 'blobs'>, blobId: string): Promise<string[]> {
  const names: string[] = [];
  for await (const header of blobs.chunks([{ blobId, index: 0 }])) {
    for (const { name, length } of parseHeader(header.subarray(lengthBytes)).tensors)
      if (length > 0 && !isControl(name)) names.push(name);
  }
  return names;
}
