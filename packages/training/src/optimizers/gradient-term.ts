// What a method adds to the gradients of the shared steps, after they were clipped: examples make the one, the method
// the other. Members: proximal.ts, scaffold.ts.
import type { TensorMap } from '@colora/tensors/tensor';

/** New gradients from the step's and the tensors it stands at; the arguments stay as they are. */
export type GradientTerm = (gradients: TensorMap, tensors: TensorMap) => TensorMap;

/** gradient + term, element by element. */
export function withTerm(gradients: TensorMap, term: (name: string, element: number) => number): TensorMap {
  return new Map(
    [...gradients].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((value, i) => value + term(name, i)) },
    ]),
  );
}

export function chained(terms: readonly GradientTerm[]): GradientTerm {
  return (gradients, tensors) => terms.reduce((sum, term) => term(sum, tensors), gradients);
}
