// Finds the round in which a contribution counts, its own or, late, the live one, and has it counted there. When that
// round closes at this very moment it looks for its place again, without the bytes being sent again. The commit itself
// is asks/count-contributions.ts's.
import { setTimeout as sleep } from 'node:timers/promises';
import { ProblemError } from '@colora/protocol/problems';
import type { CountedIn, NewContribution } from '../asks/count-contributions.ts';
import { joinRound } from '../asks/join-round.ts';
import type { Context } from '../context.ts';
import { isUniqueViolation } from '../sql/database-errors.ts';
import { type Admission, admissionOf } from './admission.ts';
import { type Entry, findEntry } from './contribution-entry.ts';

type Figures = Omit<NewContribution, 'roundId' | 'participantId' | 'madeForId' | 'staleness'>;

export interface Placed extends CountedIn {
  /** The number of the round it counts in. */
  readonly round: number;
  readonly staleness: number;
}

const waitMs = 200;
/** A round is aggregated in so long, or the sender is asked to come again. */
const patienceMs = 10_000;

/** Null when the same was counted meanwhile, through another connection. Throws ProblemError when it can't count. */
export async function placeContribution(
  context: Context,
  known: Entry,
  figures: Figures,
): Promise<Placed | null> {
  const until = Date.now() + patienceMs;
  let entry = known;
  for (;;) {
    const admission = await admitted(entry, figures, until);
    const counted = admission === null ? null : await tryCount(context, entry, admission, figures);
    if (counted !== null) return counted;
    entry = await findEntry(context, known);
    if (entry.sent !== null) return null;
  }
}

/** Null after a wait, while a round is about to open. */
async function admitted(
  entry: Entry,
  { version, attempt }: Pick<Figures, 'version' | 'attempt'>,
  until: number,
): Promise<Admission | null> {
  try {
    return admissionOf(entry, version, attempt ?? undefined);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'between-rounds' || Date.now() > until)
      throw error;
    await sleep(waitMs);
    return null;
  }
}

/** Null when things have changed since they were read: the round is closed, or something of this member counts in it. */
async function tryCount(
  context: Context,
  { now, participantId, roundId: madeForId }: Entry,
  { roundId, number, staleness }: Admission,
  figures: Figures,
): Promise<Placed | null> {
  if (roundId !== madeForId) await joinRound(context.db, [{ roundId, participantId, now }], { late: true });
  try {
    const contribution = { ...figures, roundId, participantId, madeForId, staleness };
    const counted = await context.contributions.count(contribution);
    return counted === null ? null : { ...counted, round: number, staleness };
  } catch (error) {
    if (isUniqueViolation(error)) return null;
    throw error;
  }
}
