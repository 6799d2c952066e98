// Who is asked in a round: everybody available, or a part of them drawn by lot inside the database. A lot is a hash
// of group seed, round, attempt and participant, and the lowest lots are drawn; who delivered nothing lately sits most draws
// out (sql/reliable-members.ts). Whoever knows who was available, and how many rounds they missed, can draw again and gets the
// same cohort, which the Assignment table holds. What an attempt is: round-states.ts.
import { createHash, randomBytes } from 'node:crypto';
import { askedOf, bufferOf, type RoundsSettings, sampleOf } from '@colora/protocol/rounds-settings';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { isAvailableSql } from '../../sql/available-members.ts';
import { sitsOutSql } from '../../sql/reliable-members.ts';
import type { Transaction } from '../../sql/transaction.ts';

interface Draw {
  readonly groupId: string;
  readonly roundId: string;
  readonly number: number;
  readonly attempt: number;
  /** Contributions counted already, in earlier attempts: their senders are not asked again. */
  readonly contributed: number;
}

export interface DrawnCohort {
  readonly participantIds: readonly string[];
  /** Contributions, those counted already among them, with which the round is complete. */
  readonly wanted: number;
  /** How many could have been drawn. */
  readonly available: number;
}

/** Draws and assigns, inside the transaction that opens the round or tries it again. */
export async function drawCohort(
  tx: Pick<Transaction, '$queryRaw' | 'assignment'>,
  draw: Draw,
  { rounds, seed }: Pick<TaskSettings, 'rounds' | 'seed'>,
  now: Date,
): Promise<DrawnCohort> {
  const { groupId, roundId, contributed } = draw;
  const free = isAvailableSql(now);
  const [row] = await tx.$queryRaw<{ available: number }[]>`
    SELECT count(*)::int AS "available" FROM "Membership" m WHERE m."groupId" = ${groupId} AND ${free}
      AND NOT EXISTS (SELECT 1 FROM "Contribution" k WHERE k."roundId" = ${roundId} AND k."participantId" = m."participantId")`;
  const available = row?.available ?? 0;
  if (rounds.sampling === 'poisson') return flipCoins(tx, draw, { rounds, available }, now);
  const target = targetOf(rounds, contributed, available);
  const drawn = await tx.$queryRaw<{ participantId: string }[]>`
    INSERT INTO "Assignment" ("roundId", "participantId", "attempt", "cluster")
    SELECT ${roundId}, m."participantId", ${draw.attempt}::int, m."cluster" FROM "Membership" m
    LEFT JOIN "MissedRounds" x ON x."groupId" = m."groupId" AND x."participantId" = m."participantId"
    CROSS JOIN LATERAL (SELECT md5(${lotPrefix(seed, draw)} || m."participantId") AS "lot") l
    WHERE m."groupId" = ${groupId} AND ${free}
      AND NOT EXISTS (SELECT 1 FROM "Contribution" k WHERE k."roundId" = ${roundId} AND k."participantId" = m."participantId")
    ORDER BY ${sitsOutSql}, l."lot"
    LIMIT ${target.asked}
    ON CONFLICT ("roundId", "participantId") DO UPDATE SET "attempt" = EXCLUDED."attempt"
    RETURNING "participantId"`;
  const wanted =
    rounds.mode === 'buffered' ? bufferOf(rounds) : wantedOf(target.more, drawn.length, contributed);
  return {
    participantIds: drawn.map(({ participantId }) => participantId),
    wanted: Math.max(wanted, rounds.quorum),
    available,
  };
}

/**
 * Each member by a coin of her own. The coins follow from a secret that is drawn here and kept nowhere: nobody but the database
 * learns who was drawn. Who delivered nothing lately is drawn as often as others, or the coins would not be even.
 */
async function flipCoins(
  tx: Pick<Transaction, '$queryRaw' | 'assignment'>,
  { groupId, roundId, attempt, contributed }: Draw,
  { rounds, available }: { readonly rounds: RoundsSettings; readonly available: number },
  now: Date,
): Promise<DrawnCohort> {
  // Who was drawn before and sent nothing is out: with a second coin for the same round she would be asked twice as often.
  await tx.assignment.deleteMany({ where: { roundId, contribution: null } });
  const secret = randomBytes(32).toString('hex');
  const heads = headsBelow(rounds.cohort?.fraction ?? 1);
  const drawn = await tx.$queryRaw<{ participantId: string }[]>`
    INSERT INTO "Assignment" ("roundId", "participantId", "attempt", "cluster")
    SELECT ${roundId}, m."participantId", ${attempt}::int, m."cluster" FROM "Membership" m
    WHERE m."groupId" = ${groupId} AND ${isAvailableSql(now)}
      AND NOT EXISTS (SELECT 1 FROM "Contribution" k WHERE k."roundId" = ${roundId} AND k."participantId" = m."participantId")
      AND left(encode(sha256(convert_to(${secret} || m."participantId", 'UTF8')), 'hex'), 13) COLLATE "C" < ${heads}
    ON CONFLICT ("roundId", "participantId") DO UPDATE SET "attempt" = EXCLUDED."attempt"
    RETURNING "participantId"`;
  const participantIds = drawn.map(({ participantId }) => participantId);
  return { participantIds, available, wanted: contributed + Math.max(1, participantIds.length) };
}

/** Of 13 hexadecimal digits (52 bits) that many are below this text with that chance, rounded up. */
function headsBelow(chance: number): string {
  const bound = Math.ceil(chance * 2 ** 52);
  return bound >= 2 ** 52 ? 'g' : bound.toString(16).padStart(13, '0');
}

/** A member's lot; the lowest are drawn, of those that don't sit the draw out first. */
export function lotOf(seed: number, draw: Pick<Draw, 'number' | 'attempt'>, participantId: string): string {
  return createHash('md5')
    .update(`${lotPrefix(seed, draw)}${participantId}`)
    .digest('hex');
}

function lotPrefix(seed: number, { number, attempt }: Pick<Draw, 'number' | 'attempt'>): string {
  return `${seed}:${number}:${attempt}:`;
}

/** How many more contributions are wanted, and how many members are asked for them. */
function targetOf(rounds: RoundsSettings, contributed: number, available: number) {
  const more = Math.max(1, Math.max(sampleOf(rounds, contributed + available), rounds.quorum) - contributed);
  const asked = contributed === 0 ? askedOf(rounds, available) : Math.ceil(more * rounds.overSelection);
  return { more, asked: Math.min(available, Math.max(asked, more)) };
}

function wantedOf(more: number, drawn: number, contributed: number): number {
  return contributed + Math.min(more, drawn);
}
