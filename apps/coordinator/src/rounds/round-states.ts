// The life of a round as a table, and what is to be done next, and why, as one pure function. No database, no
// clock of its own: who asks brings the situation and the time.
//
//   collecting -> aggregating -> committed
//             \             \-> failed (it cannot be aggregated)
//              \-> failed (cancelled)
import type { GroupState, RoundState } from '@colora/protocol/entities';
import type { MaskedStatus } from '../masking/masked-states.ts';

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
  /** Somebody the live round asked and waits for is online and still to contribute; true where that decides nothing. */
  readonly isAwaited: boolean;
  /** The metric of early stop got no better for long enough. */
  readonly isStopped: boolean;
  /** Another round would pass the privacy budget. */
  readonly isSpent: boolean;
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
  /** Of one that collects masked contributions; null of others. */
  readonly masked: MaskedStatus | null;
}

/**
 * open: begin the next round; close: aggregate the live one (or take that over); retry: draw members anew, with a new
 * deadline; pause: give up on its quorum until an admin starts the group again; stop: complete the group, which gets
 * no better, or whose privacy budget is spent. Of a masked round, advance: to its next phase; fail: it is over without a checkpoint, and never tried again.
 */
export type Step = 'wait' | 'open' | 'close' | 'retry' | 'pause' | 'stop' | 'advance' | 'fail';

/** What decides, and the step that follows from it: people are told the first (why/explain.ts), the keeper takes the second. */
const steps = {
  'not-running': 'wait',
  'no-better': 'stop',
  'no-checkpoint': 'wait',
  'no-rounds-left': 'wait',
  'budget-spent': 'stop',
  'members-here': 'open',
  'members-missing': 'wait',
  'being-closed': 'wait',
  'closer-gone': 'close',
  complete: 'close',
  'nobody-left': 'close',
  'still-time': 'wait',
  'quorum-at-deadline': 'close',
  'tries-used': 'pause',
  'too-few': 'retry',
  'nobody-to-ask': 'wait',
  'shares-awaited': 'wait',
  'masked-awaited': 'wait',
  'signatures-awaited': 'wait',
  'reveals-awaited': 'wait',
  'phase-complete': 'advance',
  'phase-over': 'advance',
  'nobody-left-to-mask': 'advance',
  unmasked: 'close',
  'masks-left': 'fail',
  'attempt-short': 'retry',
  'attempts-used': 'pause',
  'attempt-waits': 'wait',
} as const satisfies Readonly<Record<string, Step>>;

export type Cause = keyof typeof steps;

export function nextStep(situation: Situation, now: Date): Step {
  return steps[causeOf(situation, now)];
}

/** Why the next step is what it is. */
export function causeOf(situation: Situation, now: Date): Cause {
  const { round, rules, available } = situation;
  if (round === null || isOver(round.state)) return betweenRounds(situation);
  // What has begun to aggregate is finished even in a paused group: its contributions are all in.
  if (round.state === 'aggregating') return closerIsGone(round, now) ? 'closer-gone' : 'being-closed';
  if (situation.group.state !== 'running') return 'not-running';
  if (round.masked !== null) return causeIn(round.masked, situation, round, now);
  if (isComplete(round)) return 'complete';
  if (hasNobodyLeft(situation, round)) return 'nobody-left';
  if (!isLate(round, now)) return 'still-time';
  if (hasQuorum(round, rules)) return 'quorum-at-deadline';
  if (round.retries >= rules.retries) return 'tries-used';
  // A try without anybody to ask would be none: a group whose members are all away waits for them.
  return available >= rules.quorum - round.contributions ? 'too-few' : 'nobody-to-ask';
}

const awaitedIn = {
  sharing: 'shares-awaited',
  masking: 'masked-awaited',
  signing: 'signatures-awaited',
  revealing: 'reveals-awaited',
} as const satisfies Readonly<Record<MaskedStatus['phase'], Cause>>;

/** Of a masked round that collects. Once somebody was asked to reveal, it is not tried again: nobody reveals of one round twice. */
function causeIn(
  masked: MaskedStatus,
  { rules, available, isAwaited }: Situation,
  round: LiveRound,
  now: Date,
): Cause {
  const { phase, until, isComplete, isEnough } = masked;
  const isOver = until.getTime() <= now.getTime();
  if (phase === 'revealing') {
    if (isEnough) return 'unmasked';
    return isOver ? 'masks-left' : 'reveals-awaited';
  }
  if (isEnough && isComplete) return 'phase-complete';
  if (isEnough && phase === 'masking' && !isAwaited) return 'nobody-left-to-mask';
  if (!isOver) return awaitedIn[phase];
  if (isEnough) return 'phase-over';
  if (round.retries >= rules.retries) return 'attempts-used';
  return available >= rules.quorum ? 'attempt-short' : 'attempt-waits';
}

function betweenRounds({ group, rules, available, isStopped, isSpent }: Situation): Cause {
  if (group.state !== 'running') return 'not-running';
  if (isStopped) return 'no-better';
  if (!group.hasCheckpoint) return 'no-checkpoint';
  if (group.committedRounds >= rules.count) return 'no-rounds-left';
  if (available < rules.participants && !hasBegun(group, rules)) return 'members-missing';
  return isSpent ? 'budget-spent' : 'members-here';
}

/** A buffered group that has begun always collects: its members come and go while others train. */
function hasBegun({ committedRounds }: Situation['group'], { mode }: Situation['rules']): boolean {
  return mode === 'buffered' && committedRounds > 0;
}

function isComplete(round: LiveRound): boolean {
  return round.contributions >= round.wanted && round.contributions > 0;
}

/** With its quorum, a round does not wait for those who are gone, were refused, or sent nothing again and again. A buffered one waits for whoever comes. */
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
