// An engine that refuses its next run once it is told to stop. A thread must not be torn down while native code runs
// in it (onnxruntime's binding then aborts the whole process), so long work ends between two steps instead.

import { TrainingError } from '../../training-error.ts';
import type { Engine } from '../engine.ts';
import { wrapRuns } from './wrap-engine.ts';

export function stoppableEngine(engine: Engine, stop: StopSignal): Engine {
  return wrapRuns(engine, (run) => (inputs, keys) => {
    if (stop.aborted)
      throw new TrainingError('closed', 'the trainer was closed, or this work ended, during the call');
    return run(inputs, keys);
  });
}

/** What a long work looks at between two steps: an AbortSignal, or the flag of one in another thread. */
export interface StopSignal {
  readonly aborted: boolean;
}

/** One flag in memory that both threads see: messages would wait until the work is done. */
export function stopFlag(memory = new SharedArrayBuffer(4)) {
  const flag = new Int32Array(memory);
  return {
    memory,
    raise: () => {
      Atomics.store(flag, 0, 1);
    },
    get aborted() {
      return Atomics.load(flag, 0) === 1;
    },
  };
}
