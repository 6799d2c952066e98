// The end of a round, in one transaction: the next checkpoint with its optimizer state, the round's
// state and metrics, the group's progress. Or its failure, which pauses the group.

import type { VerdictSums } from '@colora/privacy/rings/verdict-numbers';
import { settingsOf } from '../../access/stored-settings.ts';
import { audit } from '../../audit.ts';
import { type StagedCheckpoint, writeCheckpoint } from '../../checkpoints/stored-checkpoint.ts';
import type { Context } from '../../context.ts';
import type { RoundModel } from '../../generated/prisma/models.ts';
import { putOffRows } from '../../grouping/promise-rows.ts';
import { readBudget, spendRound, spentReason } from '../../privacy/ledger.ts';
import { writeManifest } from '../../proofs/write-manifest.ts';
import { readClock } from '../../sql/database-clock.ts';
import { countMissed } from '../cohort/count-missed.ts';
import { dropSealed } from '../masked/end-attempt.ts';
import { moveRound } from '../move-round.ts';
import type { KnownSituation } from '../read-situation.ts';
import { refuseContributions } from '../refuse-contributions.ts';
import { LostClaim } from './claim-round.ts';
import { type ContributionPart, keepParts } from './contribution-parts.ts';
import type { NoiseSource } from './round-noise.ts';

/** What came of a round: the next checkpoint's files, and figures to keep. */
interface ClosedRound {
  readonly staged: StagedCheckpoint;
  readonly parts: readonly ContributionPart[];
  /** By tensor (Round.tensorWeights); null where nobody's part can be told. */
  readonly tensorWeights: Readonly<Record<string, number>> | null;
  /** Of a masked round's members (Round.verdicts); null where none of them told any. */
  readonly verdicts: VerdictSums | null;
  readonly metrics: Record<string, number>;
  /** Of the noise on its sum; null: none. */
  readonly noise: NoiseSource | null;
  /** What else its manifest tells. */
  readonly source: Pick<Parameters<typeof writeManifest>[2], 'base' | 'members' | 'needed' | 'added'>;
}

/** Returns the version it published. Throws LostClaim when another closer has the round. */
export async function commitRound(
  context: Context,
  { groupName, settings }: KnownSituation,
  round: RoundModel,
  { staged, parts, tensorWeights, verdicts, metrics, source, noise }: ClosedRound,
): Promise<number> {
  const { groupId, id: roundId } = round;
  const version = round.version + 1;
  const signer = await context.receiptSigner();
  const completed = await context.db.$transaction(async (tx) => {
    const told = {
      ...(tensorWeights === null ? {} : { tensorWeights }),
      ...(verdicts === null ? {} : { verdicts: { ...verdicts } }),
    };
    const now = await readClock(tx);
    const set = { committedAt: now, metrics, ...told, closer: null, closerUntil: null };
    const only = { closer: context.instance };
    if (!(await moveRound(tx, roundId, { from: 'aggregating', to: 'committed', set, only })))
      throw new LostClaim();
    await writeCheckpoint(tx, { groupId, version }, staged);
    await keepParts(tx, roundId, parts);
    await dropSealed(tx, roundId);
    if (noise !== null)
      await tx.roundNoise.create({ data: { roundId, ...noise, seed: Uint8Array.from(noise.seed) } });
    await spendRound(tx, round, settings);
    await countMissed(tx, round, now);
    const group = await tx.taskGroup.update({
      where: { id: groupId },
      data: { checkpointVersion: version, committedRounds: { increment: 1 } },
    });
    if (group.clusterRows > 0)
      await putOffRows(
        tx,
        { groupId, version },
        source.added.map(([name]) => name),
      );
    const made = { version, settings, files: staged, made: 'round' as const, round, ...source };
    await writeManifest(tx, signer, { group, ...made });
    const isLast = group.committedRounds >= settingsOf(group).rounds.count;
    const budget = await readBudget(tx, groupId, settingsOf(group));
    const endedReason = !isLast && budget?.isSpent ? spentReason(budget) : null;
    const completed = (isLast || endedReason !== null) && group.state !== 'completed'; // an admin may have ended it meanwhile
    if (completed) {
      const ended = endedReason === null ? {} : { endedReason };
      const data = { state: 'completed' as const, pausedReason: null, ...ended };
      await tx.taskGroup.update({ where: { id: groupId }, data });
      const detail = endedReason === null ? {} : { detail: { reason: endedReason } };
      await audit(tx, { kind: 'group-completed', groupId, ...detail });
    }
    await audit(tx, { kind: 'round-committed', groupId, roundId, detail: { version } });
    return completed;
  });
  if (completed) context.hints.tell(groupId, 'group:changed', { group: groupName, state: 'completed' });
  return version;
}

/** The round is over without a checkpoint. The group pauses, or the same would happen again at once. */
export async function failRound(
  { db, log, hints, instance, meters }: Context,
  { groupName }: KnownSituation,
  { groupId, id: roundId, metrics }: RoundModel,
  reason: string,
): Promise<void> {
  const paused = await db.$transaction(async (tx) => {
    const set = { closer: null, closerUntil: null, metrics: metrics ?? {}, reason };
    const only = { closer: instance };
    if (!(await moveRound(tx, roundId, { from: 'aggregating', to: 'failed', set, only }))) return false;
    await refuseContributions(tx, { groupId, roundId }, 'round-failed', `its round failed: ${reason}`);
    await dropSealed(tx, roundId);
    await audit(tx, { kind: 'round-failed', groupId, roundId, detail: { reason } });
    const where = { id: groupId, state: 'running' as const };
    const data = { state: 'paused' as const, pausedReason: `a round failed: ${reason}` };
    return (await tx.taskGroup.updateMany({ where, data })).count === 1;
  });
  meters.round('failed');
  log.error({ taskGroupId: groupId, roundId, reason }, 'round failed; its group is paused');
  if (paused) hints.tell(groupId, 'group:changed', { group: groupName, state: 'paused' });
}
