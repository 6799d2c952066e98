// The life of a round as a table, and what is to be done next as one pure function. No database, no
// clock of its own: who asks brings the situation and the time.
//
//   open -> collecting -> aggregating -> committed
//                                    \-> failed
import type { GroupState, RoundState } from '@colora/protocol/entities';

export const transitions: Readonly<Record<RoundState, readonly RoundState[]>> = {
  open: ['collecting'],
  collecting: ['aggregating'],
  aggregating: ['committed', 'failed'],
  committed: [],
  failed: [],
};

export const liveStates: readonly RoundState[] = ['open', 'collecting', 'aggregating'];

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
  readonly rules: { readonly count: number; readonly participants: number; readonly quorum: number };
  /** Members online now. */
  readonly online: number;
  /** The live round, if there is one. */
  readonly round: LiveRound | null;
}

export interface LiveRound {
  readonly state: RoundState;
  readonly cohort: number;
  readonly contributions: number;
  readonly deadlineAt: Date;
  /** Until when its closer may not be replaced; null while nobody closes. */
  readonly closerUntil: Date | null;
}

/** open, collect: move a round on; close: aggregate it (or take that over); extend: give it more time. */
export type Step = 'wait' | 'open' | 'collect' | 'close' | 'extend';

export function nextStep(situation: Situation, now: Date): Step {
  const { round } = situation;
  if (round === null || isOver(round.state)) return mayOpen(situation) ? 'open' : 'wait';
  // What has begun to aggregate is finished even in a paused group: its contributions are all in.
  if (round.state === 'aggregating') return closerIsGone(round, now) ? 'close' : 'wait';
  if (situation.group.state !== 'running') return 'wait';
  if (round.state === 'open') return 'collect';
  if (isComplete(round, situation.rules)) return 'close';
  if (!isLate(round, now)) return 'wait';
  return hasQuorum(round, situation.rules) ? 'close' : 'extend';
}

export function mayOpen({ group, rules, online }: Situation): boolean {
  return (
    group.state === 'running' &&
    group.hasCheckpoint &&
    group.committedRounds < rules.count &&
    online >= rules.participants
  );
}

/** Everybody it was assigned to has contributed, and they are as many as the group wants. */
export function isComplete(round: LiveRound, rules: Situation['rules']): boolean {
  return round.contributions >= round.cohort && round.contributions >= rules.participants;
}

export function hasQuorum(round: LiveRound, rules: Situation['rules']): boolean {
  return round.contributions >= rules.quorum;
}

export function isLate(round: LiveRound, now: Date): boolean {
  return round.deadlineAt.getTime() <= now.getTime();
}

export function closerIsGone(round: LiveRound, now: Date): boolean {
  return round.closerUntil === null || round.closerUntil.getTime() <= now.getTime();
}
