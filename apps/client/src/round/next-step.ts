// What a daemon should do next, as a pure function of the coordinator's answer and the workspace's
// resume mark. No clock, no network, no file: every case is in the test beside it.
import type { Assignment } from '@colora/protocol/entities';
import type { ResumeMark } from '../workspace/personal-store.ts';

/** A round to take part in, and the checkpoint it is trained at. */
export interface AssignedRound {
  readonly round: number;
  readonly version: number;
}

export type NextStep =
  /** A finished contribution waits in the outbox: send it before anything else. */
  | { readonly kind: 'deliver' }
  | ({ readonly kind: 'train' } & AssignedRound)
  | { readonly kind: 'finish' }
  | { readonly kind: 'wait'; readonly why: string };

/** `pending`: the contribution named by the mark is still in the outbox. */
export function nextStep(assignment: Assignment, trained: ResumeMark['trained'], pending: boolean): NextStep {
  const { state, round, checkpoint } = assignment;
  if (state === 'completed') return { kind: 'finish' };
  if (state !== 'running') return { kind: 'wait', why: stateText(state, assignment.pausedReason) };
  if (pending) return { kind: 'deliver' };
  if (round === null) return { kind: 'wait', why: `the next round${missingText(assignment)}` };
  if (round.contributed) return { kind: 'wait', why: `the others${missingText(assignment)}` };
  // Trained for this very round, and the contribution was settled: the personal part must not learn it twice.
  if (trained?.round === round.number && trained.version === round.version) {
    return { kind: 'wait', why: 'the next round' };
  }
  if (checkpoint?.version !== round.version) return { kind: 'wait', why: 'the checkpoint of the round' };
  return { kind: 'train', round: round.number, version: round.version };
}

const waitingFor = {
  draft: 'the group’s initial checkpoint',
  ready: 'the group to be started',
  paused: 'the paused group to be started again',
} as const;

function stateText(state: keyof typeof waitingFor, pausedReason: string | null): string {
  return pausedReason === null ? waitingFor[state] : `${waitingFor[state]} (${pausedReason})`;
}

/** Members don't learn each other's names: how many are here, and how many are needed. */
function missingText({ waiting }: Assignment): string {
  if (waiting === null) return '';
  const { what, here, needed } = waiting;
  return what === 'members'
    ? `: ${here} of ${needed} members needed are here`
    : `: ${here} of ${needed} contributions are in`;
}
