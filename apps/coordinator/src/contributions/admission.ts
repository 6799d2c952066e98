// Which round a contribution counts in and how much, or why it is refused: one pure decision, asked before the bytes are
// read and again when their header tells the checkpoint they were made at. No database, no clock.
import { ProblemError } from '@colora/protocol/problems';
import type { Entry } from './contribution-entry.ts';

export interface Admission {
  readonly roundId: string;
  /** How many checkpoints have been published since the one it was made at. */
  readonly staleness: number;
}

type Situation = Pick<
  Entry,
  'group' | 'groupName' | 'latestVersion' | 'roundId' | 'number' | 'state' | 'version' | 'assigned'
>;

/** Throws ProblemError. `version`: the checkpoint it says it was made at; before that is known, its round's. */
export function admissionOf(entry: Situation, version = entry.version): Admission {
  if (entry.group.state === 'paused') {
    throw new ProblemError('group-paused', `${entry.groupName} is paused: wait until it is started again`);
  }
  if (entry.latestVersion > entry.version) throw staleVersion(entry, entry.version);
  if (entry.group.state !== 'running' || entry.state !== 'collecting') throw notCollecting(entry);
  if (!entry.assigned) {
    throw new ProblemError(
      'not-assigned',
      `ask for your assignment before contributing to ${entry.groupName}`,
    );
  }
  if (version !== entry.version) throw staleVersion(entry, version);
  return { roundId: entry.roundId, staleness: 0 };
}

function staleVersion({ groupName, latestVersion }: Situation, version: number): ProblemError {
  const detail = `it was made at checkpoint ${version}, and ${groupName} is at ${latestVersion}`;
  return new ProblemError('stale-version', detail, latestVersion);
}

export function notCollecting({ number, groupName, latestVersion }: Situation): ProblemError {
  const detail = `round ${number} of ${groupName} does not collect contributions now: ask for your assignment`;
  return new ProblemError('not-collecting', detail, latestVersion);
}
