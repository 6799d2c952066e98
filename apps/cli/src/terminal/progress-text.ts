// What a daemon is at, in words: whole sentences for a log, and shorter ones beside a bar that names the round. How often they
// are shown is join-progress.ts's.
import type { ClientProgress } from '@colora/client/session/client-options';
import { spanText } from '@colora/protocol/deadlines/span-text';

type WorkProgress = Extract<ClientProgress, { readonly kind: 'step' | 'working' }>;

/** Beside the bar, which names the round. */
export function statusOf(event: ClientProgress): string {
  switch (event.kind) {
    case 'training':
      return 'training';
    case 'step':
    case 'working':
      return workText(event);
    case 'contributed':
      return `contributed${lossText(event.sharedLoss)}`;
    case 'evaluated':
      return `held-out ${scoreText(event)}`;
    case 'completed':
      return 'completed';
    case 'joined':
      return `joined as ${event.participant}`;
    default:
      return textOf(event);
  }
}

export function textOf(progress: ClientProgress): string {
  switch (progress.kind) {
    case 'joined':
      return `joined as ${progress.participant} with ${progress.examples} examples${progress.truncated > 0 ? ` (${progress.truncated} are longer than the token limit and are cut)` : ''}`;
    case 'waiting':
      return `waiting for ${progress.why}`;
    case 'training':
      return `round ${progress.round} of ${progress.of}: training`;
    case 'step':
    case 'working':
      return `${progress.round === null ? '' : `round ${progress.round}: `}${workText(progress)}`;
    case 'contributed':
      return `round ${progress.round} of ${progress.of}: contributed${lossText(progress.sharedLoss)}`;
    case 'evaluated':
      return `after round ${progress.round}: held-out ${scoreText(progress)}${lossText(progress.loss ?? null)}`;
    case 'completed':
      return `completed after ${progress.rounds} rounds`;
  }
}

/** "step 3 of 8, about 2 min left"; of a first step, by which nothing can be judged yet: "step 1 of 8, the first, 12 s so far". */
export function workText(progress: WorkProgress): string {
  const { what, round, step, steps, secondsLeft } = progress;
  const place = `${round === null ? `${what}: ` : ''}step ${step} of ${steps}`;
  if (progress.kind === 'step') return `${place}${leftText(secondsLeft)}`;
  const time = timeText(progress.seconds, secondsLeft);
  if (steps === null) return `${what}${time}`;
  return `${place}${secondsLeft === null ? ', the first' : ''}${time}`;
}

/** ", about 40 s left"; ", 12 s so far" where that is not known, or is over and it still lasts. */
export function timeText(seconds: number, secondsLeft: number | null): string {
  return leftText(secondsLeft) || `, ${spanText(seconds)} so far`;
}

function leftText(seconds: number | null): string {
  return seconds === null || seconds < 0.5 ? '' : `, about ${spanText(seconds)} left`;
}

function scoreText({
  accuracy,
  exactMatch,
  spanF1,
}: {
  accuracy: number;
  exactMatch?: number;
  spanF1?: number;
}): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  if (spanF1 !== undefined) return `accuracy ${percent(accuracy)} of words, F1 of spans ${percent(spanF1)}`;
  if (exactMatch === undefined) return `accuracy ${percent(accuracy)}`;
  return `accuracy ${percent(accuracy)} of tokens, exact completions ${percent(exactMatch)}`;
}

function lossText(loss: number | null): string {
  return loss === null ? '' : `, loss ${loss.toFixed(3)}`;
}
