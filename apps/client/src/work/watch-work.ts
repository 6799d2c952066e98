// Whatever this member's trainer is waited for, so that nobody need guess whether it still lives: what is done, which step of
// how many, how long it has been at it and how long it will still take. Told after each step and, while one lasts, each
// second: a step is native code and says nothing meanwhile. How it is shown is not known here.
import { untilAborted } from '../abortable.ts';
import { evenSeconds } from './even-seconds.ts';
import { createStepTimes, type StepTimes, secondsToLastStep } from './step-times.ts';

export type WorkProgress =
  | {
      readonly kind: 'step';
      readonly what: string;
      /** Null where it is of no round. */
      readonly round: number | null;
      /** So many steps are done, of so many. */
      readonly step: number;
      readonly steps: number;
      /** Until the last, and until the next; estimates by the steps before, and null after the last. */
      readonly secondsLeft: number | null;
      readonly stepSecondsLeft: number | null;
    }
  | {
      /** Something lasts. */
      readonly kind: 'working';
      readonly what: string;
      readonly round: number | null;
      /** The step under way, of so many; null of work without steps. */
      readonly step: number | null;
      readonly steps: number | null;
      /** Since the step under way began, or the work. */
      readonly seconds: number;
      /** Until all is done, and until the step under way is; null where nothing like it was done before. */
      readonly secondsLeft: number | null;
      readonly stepSecondsLeft: number | null;
    };

export interface Work {
  /** In a few words: works of one name take alike. */
  readonly what: string;
  readonly round?: number;
  /** How many steps it is, and how many of them were done before; left out where it has none. */
  readonly steps?: number;
  readonly done?: number;
}

export interface WorkWatch {
  /**
   * The work's result, or the signal's reason as soon as it aborts. `onStep` is to be called after each step, `becomes` where
   * another work turns out to be in it: from then on that one is told.
   */
  during<Result>(
    work: Work,
    begin: (onStep: () => void, becomes: (work: Work) => void) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
  /** Of the work of this name. */
  times(what: string): StepTimes;
}

export interface WatchOptions {
  readonly tell: (progress: WorkProgress) => void;
  /** How often the trainer has rested so far: a step that had to rest tells nothing of the next. */
  readonly rests?: () => number;
}

const tellEveryMs = 1000;

export function watchWork({ tell, rests = () => 0 }: WatchOptions): WorkWatch {
  const known = new Map<string, StepTimes>();
  const times = (what: string): StepTimes => {
    const found = known.get(what) ?? createStepTimes();
    known.set(what, found);
    return found;
  };
  return {
    times,
    async during(work, begin, signal) {
      let { what, round = null, steps = null, done = 0 } = work;
      let taken = times(what);
      let began = evenSeconds();
      let rested = rests();
      const becomes = (other: Work) => {
        ({ what, round = null, steps = null, done = 0 } = other);
        taken = times(what);
        began = evenSeconds();
        rested = rests();
      };
      const ended = () => {
        if (rests() === rested) taken.add(evenSeconds() - began);
        began = evenSeconds();
        rested = rests();
      };
      const tellNow = () => {
        const running = evenSeconds() - began;
        const expected = taken.expected();
        tell({
          ...{ kind: 'working', what, round, seconds: running },
          step: steps === null ? null : Math.min(steps, done + 1),
          steps,
          secondsLeft: secondsToLastStep(done, steps ?? 1, { expected, running }),
          stepSecondsLeft: secondsToLastStep(0, 1, { expected, running }),
        });
      };
      const onStep = () => {
        if (steps === null || signal.aborted) return; // what was abandoned is nobody's progress
        ended();
        done += 1;
        const expected = done < steps ? taken.expected() : null;
        const secondsLeft = secondsToLastStep(done, steps, { expected, running: 0 });
        tell({ kind: 'step', what, round, step: done, steps, secondsLeft, stepSecondsLeft: expected });
      };
      const ticking = setInterval(tellNow, tellEveryMs).unref();
      try {
        const result = await untilAborted(begin(onStep, becomes), signal);
        if (steps === null) ended();
        return result;
      } finally {
        clearInterval(ticking);
      }
    },
  };
}
