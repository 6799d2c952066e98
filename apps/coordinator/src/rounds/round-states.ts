// The life of a round as a table, and what is to be done next as one pure function. No database, no
// clock of its own: who asks brings the situation and the time.
//
//   collecting -> aggregating -> committed
//             \             \-> failed (it cannot be aggregated)
//              \-> failed (cancelled)
import type { GroupState, RoundState } from '@colora/protocol/entities';

export const transitions: Readonly<Record<RoundState, readonly RoundState[]>> = {
  collecting: ['aggregating', 'failed'],
  aggregating: ['committed', 'failed'],
  committed: [],
  failed: [],
};

export function mayMove(from: RoundState, to: RoundState): boolean {
  return transitions[from].includes(to);
}

export function isOver(state: RoundState): boolean {
  return transitions[state].length === 0;
}

/** All that decides what happens next in a group. */
export interface Situation {
  readonly group: {
    readonly state: GroupState;
    readonly hasCheckpoint: boolean;
    readonly committedRounds: number;
  };
  readonly rules: {
    readonly count: number;
    readonly participants: number;
    readonly quorum: number;
    readonly retries: number;
    readonly mode: 'synchronous' | 'buffered';
  };
  /** Members who could be asked now: online, available, and not yet counted in the live round. */
  readonly available: number;
  /** Somebody the live round asked and waits for is online and has not contributed; true where that decides nothing. */
  readonly isAwaited: boolean;
  /** The metric of early stop got no better for long enough. */
  readonly isStopped: boolean;
  /** The live round, if there is one. */
  readonly round: LiveRound | null;
}

interface LiveRound {
  readonly state: RoundState;
  readonly contributions: number;
  /** With so many contributions it is complete. */
  readonly wanted: number;
  readonly deadlineAt: Date;
  /** How often it has been tried again already. */
  readonly retries: number;
  /** Until when its closer may not be replaced; null while nobody closes. */
  readonly closerUntil: Date | null;
}

/**
 * open: begin the next round; close: aggregate the live one (or take that over); retry: draw members anew, with a new
 * deadline; pause: give up on its quorum until an admin starts the group again; stop: complete the group, which gets
 * no better.
 */
export type Step = 'wait' | 'open' | 'close' | 'retry' | 'pause' | 'stop';

export function nextStep(situation: Situation, now: Date): Step {
  const { round, rules, available } = situation;
  if (round === null || isOver(round.state)) return betweenRounds(situation);
  // What has begun to aggregate is finished even in a paused group: its contributions are all in.
  if (round.state === 'aggregating') return closerIsGone(round, now) ? 'close' : 'wait';
  if (situation.group.state !== 'running') return 'wait';
  if (isComplete(round) || hasNobodyLeft(situation, round)) return 'close';
  if (!isLate(round, now)) return 'wait';
  if (hasQuorum(round, rules)) return 'close';
  if (round.retries >= rules.retries) return 'pause';
  // A try without anybody to ask would be none: a group whose members are all away waits for them.
  return available >= rules.quorum - round.contributions ? 'retry' : 'wait';
}

function betweenRounds(situation: Situation): Step {
  if (situation.group.state === 'running' && situation.isStopped) return 'stop';
  return mayOpen(situation) ? 'open' : 'wait';
}

function mayOpen({ group, rules, available }: Situation): boolean {
  return (
    group.state === 'running' &&
    group.hasCheckpoint &&
    group.committedRounds < rules.count &&
    (available >= rules.participants || hasBegun(group, rules))
  );
}

/** A buffered group that has begun always collects: its members come and go while others train. */
function hasBegun({ committedRounds }: Situation['group'], { mode }: Situation['rules']): boolean {
  return mode === 'buffered' && committedRounds > 0;
}

function isComplete(round: LiveRound): boolean {
  return round.contributions >= round.wanted && round.contributions > 0;
}

/** With its quorum, a round does not wait for those who are gone, or sent nothing again and again. A buffered one waits for whoever comes. */
export function hasNobodyLeft({ isAwaited, rules }: Situation, round: LiveRound): boolean {
  return rules.mode === 'synchronous' && hasQuorum(round, rules) && !isAwaited;
}

function hasQuorum(round: LiveRound, rules: Situation['rules']): boolean {
  return round.contributions >= rules.quorum;
}

function isLate(round: LiveRound, now: Date): boolean {
  return round.deadlineAt.getTime() <= now.getTime();
}

function closerIsGone(round: LiveRound, now: Date): boolean {
  return round.closerUntil === null || round.closerUntil.getTime() <= now.getTime();
}
