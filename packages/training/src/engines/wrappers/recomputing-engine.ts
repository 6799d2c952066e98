// An engine whose training steps compute activations again for the backward pass, for a learner whose steps would not fit into
// memory otherwise. How that is done is the inner engine's; one that can't runs them as ever.
import type { Engine, Program } from '../engine.ts';
import { wrapEngine } from './wrap-engine.ts';

export function recomputingEngine(engine: Engine): Engine {
  return wrapEngine(engine, {
    compile: (program) => engine.compile(recomputed(program)),
    ...(engine.memoryOf === undefined
      ? {}
      : { memoryOf: (program: Program) => engine.memoryOf!(recomputed(program)) }),
  });
}

/** Programs without a loss have no backward pass and stay as they are. */
export function recomputed(program: Program): Program {
  if (program.loss === undefined || program.recompute === true) return program;
  return { ...program, key: `${program.key} recomputed`, recompute: true };
}
