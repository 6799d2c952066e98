// The sizes that a run of a program has chosen, as its inputs tell them. How a program is compiled for all of them is
// the engine's.
import type { Inputs, Program } from './engine.ts';

/** The program at the sizes of these inputs; itself where it leaves none free. */
export function atSizesOf(program: Program, inputs: Inputs): Program {
  const { free } = program;
  if (free === undefined) return program;
  const sizes = free.axes.map(({ input, axis }) => {
    const { shape } = program.inputs.find(({ name }) => name === input)!;
    const others = shape.reduce((product, size, at) => (at === axis ? product : product * size), 1);
    return (inputs[input]?.length ?? 0) / others;
  });
  return free.at(sizes);
}
