// What a method adds to the gradients of the shared tensors, after they were clipped: examples make the one, the method
// the other. Personal tensors, which a joint step moves too, are none of its business. Members: proximal.ts, scaffold.ts.
import type { TensorMap } from '@colora/tensors/tensor';

/** New gradients from the step's and the tensors it stands at; the arguments stay as they are. */
export type GradientTerm = (gradients: TensorMap, tensors: TensorMap) => TensorMap;

/** gradient + term, element by element, of the tensors that `of` holds; the others keep theirs. */
export function withTerm(
  gradients: TensorMap,
  of: TensorMap,
  term: (name: string, element: number) => number,
): TensorMap {
  return new Map(
    [...gradients].map(([name, gradient]) => {
      if (!of.has(name)) return [name, gradient];
      const { shape, data } = gradient;
      return [name, { shape, data: data.map((value, i) => value + term(name, i)) }];
    }),
  );
}

export function chained(terms: readonly GradientTerm[]): GradientTerm {
  return (gradients, tensors) => terms.reduce((sum, term) => term(sum, tensors), gradients);
}
