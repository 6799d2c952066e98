// Tells how far a round's training has come, step by step, with an estimate of the time it still takes.
import type { Session } from '../session/open-session.ts';
import { evenSeconds, secondsToLastStep } from './time-left.ts';

/** To be called after each step, how many of how many are done; `round`: null for training of the personal part alone. */
export function stepTeller(session: Session, round: number | null): (done: number, of: number) => void {
  const began = evenSeconds();
  let firstSeconds = 0;
  return (step, steps) => {
    const seconds = evenSeconds() - began;
    if (step === 1) firstSeconds = seconds;
    const secondsLeft = secondsToLastStep(step, steps, { firstSeconds, seconds });
    session.progress({ kind: 'step', round, step, steps, secondsLeft });
  };
}
