// What a simulation is given and what it yields; the two ways of going through rounds are simulate-synchronous.ts and
// simulate-buffered.ts. Times are seconds from the start, sizes MB (10^6 bytes).
import type { RoundsSettings } from '@colora/protocol/rounds-settings';
import type { CoordinatorCosts } from './measured-costs.ts';
import type { PeopleModel } from './people.ts';
import type { ServiceSize, Spent } from './service.ts';

export interface SimulationInput {
  readonly seed: number;
  readonly participants: number;
  readonly people: PeopleModel;
  readonly rounds: RoundsSettings;
  /** A contribution on the wire. */
  readonly megabytes: number;
  /** A checkpoint on the wire. */
  readonly checkpointMB: number;
  readonly costs: CoordinatorCosts;
  readonly service: ServiceSize;
}

export interface RoundRecord {
  readonly openedAt: number;
  /** It has all it waits for. */
  readonly closedAt: number;
  readonly committedAt: number;
  readonly contributions: number;
  /** Mean number of versions that its contributions are behind. */
  readonly staleness: number;
}

export interface Tally {
  asked: number;
  /** Asked, and never heard of again. */
  droppedOut: number;
  /** Still busy with an earlier round when theirs was over. */
  idle: number;
  /** Trained for nothing: the round was over. */
  late: number;
  /** Trained for nothing: too many versions behind. */
  stale: number;
  retries: number;
  trainedSeconds: number;
  wastedSeconds: number;
}

export interface Simulated {
  readonly records: readonly RoundRecord[];
  readonly tally: Tally;
  readonly spent: Spent;
}

export function emptyTally(): Tally {
  return {
    asked: 0,
    droppedOut: 0,
    idle: 0,
    late: 0,
    stale: 0,
    retries: 0,
    trainedSeconds: 0,
    wastedSeconds: 0,
  };
}
