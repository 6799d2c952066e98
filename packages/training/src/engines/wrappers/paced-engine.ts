// An engine that is a guest on its machine: it rests between two steps while it is told to, and for a share of the
// time always. A step itself is native code and can't be interrupted. Who decides when it rests is elsewhere.
import { constants, getPriority, setPriority } from 'node:os';
import type { Engine } from '../engine.ts';
import type { TrainerPriority } from '../trainer-priority.ts';
import type { StopSignal } from './stoppable-engine.ts';
import { wrapRuns } from './wrap-engine.ts';

export interface Pace {
  /** Seen by both threads: messages would wait until the work is done. */
  readonly memory: SharedArrayBuffer;
  pause(): void;
  resume(): void;
}

/** How long a rest may last before it looks whether it was ended. */
const sliceMs = 100;

export function openPace(memory = new SharedArrayBuffer(4)): Pace {
  const flag = new Int32Array(memory);
  const set = (value: number) => {
    Atomics.store(flag, 0, value);
    Atomics.notify(flag, 0);
  };
  return { memory, pause: () => set(1), resume: () => set(0) };
}

/** `share` (0 to 1) of the time is work, the rest of it rest; a rest ends when it is told to stop. */
export function pacedEngine(engine: Engine, pace: Pace, share: number, stop: StopSignal): Engine {
  const flag = new Int32Array(pace.memory);
  const isPaused = () => Atomics.load(flag, 0) === 1;
  const waitWhile = (goesOn: () => boolean) => {
    // The value that is there now: it ends early when that changes.
    while (goesOn() && !stop.aborted) Atomics.wait(flag, 0, Atomics.load(flag, 0), sliceMs);
  };
  return wrapRuns(engine, (run) => async (inputs, keys) => {
    waitWhile(isPaused);
    const began = performance.now();
    const outputs = await run(inputs, keys);
    const until = performance.now() + restMs(performance.now() - began, share);
    waitWhile(() => performance.now() < until - 1);
    return outputs;
  });
}

/** The rest after so much work: work / (work + rest) = share. */
export function restMs(workMs: number, share: number): number {
  return share >= 1 ? 0 : workMs * (1 / share - 1);
}

const priorities = {
  normal: constants.priority.PRIORITY_NORMAL,
  'below-normal': constants.priority.PRIORITY_BELOW_NORMAL,
  low: constants.priority.PRIORITY_LOW,
} as const satisfies Record<TrainerPriority, number>;

/**
 * Lets others go first. On Linux a priority is a thread's, and the threads that the engine starts later inherit it;
 * elsewhere it is the process's. Never raises it, which needs rights. Returns why it could not be set, or null.
 */
export function lowerPriority(priority: TrainerPriority): string | null {
  try {
    const wanted = priorities[priority];
    if (wanted > getPriority()) setPriority(wanted);
    return null;
  } catch (error) {
    return `the priority could not be set to ${priority}: ${(error as Error).message}`;
  }
}
