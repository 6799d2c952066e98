// Which round a contribution counts in and how much, or why it is refused: one pure decision, asked before the bytes are
// read, again when their header tells the checkpoint they were made at, and again when its round closes meanwhile.
// No database, no clock.

import { isTakenBack } from '@colora/protocol/checkpoints/rollbacks';
import { ProblemError } from '@colora/protocol/problems';
import type { Entry } from './contribution-entry.ts';

export interface Admission {
  /** The round it counts in, and that one's number. */
  readonly roundId: string;
  readonly number: number;
  /** How many checkpoints have been published since the one it was made at. */
  readonly staleness: number;
}

type AdmissionFacts = Pick<
  Entry,
  | 'group'
  | 'groupName'
  | 'latestVersion'
  | 'maxStaleness'
  | 'rollbacks'
  | 'roundId'
  | 'number'
  | 'state'
  | 'version'
  | 'assigned'
  | 'live'
  | 'phase'
  | 'attempt'
  | 'isSharer'
>;

/**
 * Throws ProblemError. `version`: the checkpoint it says it was made at, and `attempt`, of a masked one, the attempt at its round;
 * before these are known, its round's.
 */
export function admissionOf(
  entry: AdmissionFacts,
  version = entry.version,
  attempt = entry.attempt,
): Admission {
  const { group, groupName, latestVersion, maxStaleness, rollbacks, state, live } = entry;
  if (group.state === 'paused') {
    throw new ProblemError('group-paused', `${groupName} is paused: wait until it is started again`);
  }
  if (version !== entry.version || latestVersion - version > maxStaleness) throw staleVersion(entry, version);
  if (isTakenBack(rollbacks, version)) throw takenBack(entry, version);
  if (group.state !== 'running') throw notCollecting(entry);
  if (!entry.assigned) {
    throw new ProblemError('not-assigned', `ask for your assignment before contributing to ${groupName}`);
  }
  if (state !== 'collecting' && maxStaleness === 0) throw notCollecting(entry);
  if (live === null) throw betweenRounds(entry);
  if (entry.phase !== null) assertMasking(entry, attempt);
  // What is neither in its own round nor late is one for a round that is not open yet: there is none such.
  const staleness = live.version - version;
  if (staleness > maxStaleness) throw staleVersion(entry, version);
  if (live.contributed) throw alreadyCounted(entry, live.number);
  return { roundId: live.id, number: live.number, staleness };
}

/** Of a masked round: in its one phase, from those who shared their secrets with others in time. */
function assertMasking(entry: AdmissionFacts, attempt: number): void {
  if (entry.phase !== 'masking' || attempt !== entry.attempt) throw notCollecting(entry);
  if (entry.isSharer) return;
  const detail = `you are not among those whose contributions attempt ${attempt} at round ${entry.number} of ${entry.groupName} takes`;
  throw new ProblemError('not-assigned', detail);
}

function staleVersion(
  { groupName, latestVersion, maxStaleness }: AdmissionFacts,
  version: number,
): ProblemError {
  const late = maxStaleness === 0 ? '' : `, which takes what is at most ${maxStaleness} behind`;
  const detail = `it was made at checkpoint ${version}, and ${groupName} is at ${latestVersion}${late}`;
  return new ProblemError('stale-version', detail, latestVersion);
}

/** Else what a spoilt checkpoint taught would come back in. */
function takenBack({ groupName, latestVersion }: AdmissionFacts, version: number): ProblemError {
  const detail = `it was made at checkpoint ${version}, which ${groupName} was rolled back from`;
  return new ProblemError('stale-version', detail, latestVersion);
}

function notCollecting({ number, groupName, latestVersion }: AdmissionFacts): ProblemError {
  const detail = `round ${number} of ${groupName} does not collect contributions now: ask for your assignment`;
  return new ProblemError('not-collecting', detail, latestVersion);
}

function betweenRounds({ groupName }: AdmissionFacts): ProblemError {
  const detail = `${groupName} is between two rounds: send it again in a moment, and it counts in the next`;
  return new ProblemError('between-rounds', detail);
}

function alreadyCounted({ number, groupName }: AdmissionFacts, live: number): ProblemError {
  const detail =
    live === number
      ? `an earlier contribution of yours came late and counts in round ${live} of ${groupName}: one counts in a round`
      : `another contribution of yours counts in round ${live} of ${groupName} already: one counts in a round`;
  return new ProblemError('duplicate-contribution', detail);
}
