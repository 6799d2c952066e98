// Who takes part in an attempt at a masked round: of those drawn everybody with a key, in the transaction that opens the round or
// tries it again. Each key is used once, and marked so there.

import { fewestMasked } from '@colora/protocol/masking/masking-conflicts';
import { mostMasked, rosterForm } from '@colora/protocol/masking/masking-forms';
import { shareSeconds } from '@colora/protocol/masking/phase-seconds';
import { roundSettingsHash } from '@colora/protocol/settings/changes';
import { sha256Hex } from '@colora/protocol/sha256';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { secondsAfter } from '../sql/database-clock.ts';
import type { Transaction } from '../sql/transaction.ts';
import { keptGraph } from './graphs.ts';
import { noteAwaited } from './note-awaited.ts';

interface Attempt {
  readonly groupId: string;
  readonly roundId: string;
  readonly number: number;
  readonly attempt: number;
  readonly version: number;
}

/** Fewer have keys than a sum needs: nothing is opened. */
export class TooFewKeys extends Error {
  override readonly name = 'TooFewKeys';
}

interface Row {
  readonly participantId: string;
  readonly key: string;
  readonly index: bigint;
  readonly maskingKey: string;
  readonly sealingKey: string;
  readonly signature: string;
  readonly vouch: string | null;
}

/** Returns the participants in it. Throws TooFewKeys. The group's row is held: nobody else uses keys of it. */
export async function makeRoster(
  tx: Transaction,
  of: Attempt,
  settings: TaskSettings,
  drawn: readonly string[],
  now: Date,
): Promise<readonly string[]> {
  const { groupId, roundId, attempt } = of;
  const group = await tx.taskGroup.findUniqueOrThrow({ where: { id: groupId } });
  const rows = (await takeKeys(tx, of, drawn)).sort((one, other) => (one.key < other.key ? -1 : 1));
  const needed = fewestMasked(settings);
  if (rows.length < needed) throw new TooFewKeys();
  const roster = rosterForm.write({
    group: group.name,
    groupCreatedAt: group.createdAt.toISOString(),
    round: of.number,
    attempt,
    version: of.version,
    checkpoint: await downloadedHash(tx, of),
    settings: roundSettingsHash(settings),
    members: rows.map(({ key, index, maskingKey, sealingKey, signature, vouch }) => [
      ...([key, Number(index), maskingKey, sealingKey, signature, vouch] as const),
    ]),
  });
  const rosterHash = sha256Hex(roster);
  const { threshold } = keptGraph(rows.length, rosterHash);
  const until = secondsAfter(now, shareSeconds(settings.rounds));
  const facts = { roster, rosterHash, members: rows.length, threshold, needed, until };
  await tx.maskedRound.create({ data: { roundId, attempt, ...facts } });
  const members = rows.map(({ participantId }, number) => ({ roundId, attempt, number, participantId }));
  await tx.maskedMember.createMany({ data: members });
  const participantIds = rows.map(({ participantId }) => participantId);
  await tx.assignment.deleteMany({
    where: { roundId, attempt, participantId: { notIn: participantIds } }, // who was drawn and isn't in it was never asked
  });
  await tx.round.update({
    where: { id: roundId },
    data: { phase: 'sharing', wanted: rows.length, contributed: 0 },
  });
  const isVouched = settings.privacy.secureAggregation?.vouchedBy !== undefined;
  await noteAwaited(tx, { groupId, isVouched }, participantIds);
  return participantIds;
}

/** Of the file that members download. */
async function downloadedHash(tx: Transaction, { groupId, version }: Attempt): Promise<string> {
  const { blob, downloadBlob } = await tx.checkpoint.findUniqueOrThrow({
    where: { groupId_version: { groupId, version } },
    include: { blob: true, downloadBlob: true },
  });
  return (downloadBlob ?? blob).sha256;
}

/** The unused one of lowest index of each; of two members with one signing key, one. */
function takeKeys(
  tx: Transaction,
  { groupId, roundId, attempt }: Attempt,
  drawn: readonly string[],
): Promise<Row[]> {
  return tx.$queryRaw<Row[]>`
    WITH "lowest" AS (
      SELECT DISTINCT ON (k."key") k."participantId", k."key", k."index", CASE WHEN m."vouchedKey" = k."key" THEN m."vouch" END AS "vouch"
      FROM "MaskingKey" k
      JOIN "Participant" p ON p."id" = k."participantId" AND p."signingKey" = k."key"
      JOIN "Membership" m ON m."groupId" = k."groupId" AND m."participantId" = k."participantId" AND NOT m."awaitsKeys"
      WHERE k."groupId" = ${groupId} AND k."participantId" = ANY(${[...drawn]}::text[]) AND k."roundId" IS NULL
      ORDER BY k."key", k."participantId", k."index" LIMIT ${mostMasked}
    ), "used" AS (
      UPDATE "MaskingKey" k SET "roundId" = ${roundId}, "attempt" = ${attempt} FROM "lowest" l
      WHERE k."groupId" = ${groupId} AND k."participantId" = l."participantId" AND k."key" = l."key" AND k."index" = l."index"
      RETURNING k."participantId", k."key", k."index", k."maskingKey", k."sealingKey", k."signature", l."vouch"
    )
    SELECT * FROM "used"`;
}
