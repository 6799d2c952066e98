// An engine around another: what a wrapper doesn't change stays the inner engine's, its optional abilities included.
// Wrappers: paced-engine.ts, stoppable-engine.ts, guarded-engine.ts.
import type { CompiledProgram, Engine } from '../engine.ts';

/** `engine` with the members of `changes` instead of its own; a getter stays one. */
export function wrapEngine(engine: Engine, changes: Partial<Engine>): Engine {
  return Object.create(engine, Object.getOwnPropertyDescriptors(changes)) as Engine;
}

/** `around` gets every compiled program's run and gives the one that is called in its place. */
export function wrapRuns(
  engine: Engine,
  around: (run: CompiledProgram['run']) => CompiledProgram['run'],
): Engine {
  return wrapEngine(engine, {
    compile: async (program) => {
      const compiled = await engine.compile(program);
      return { ...compiled, run: around(compiled.run) };
    },
  });
}
