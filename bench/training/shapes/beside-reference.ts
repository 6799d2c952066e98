// How far loss and gradients of a step are from the reference's of the same case. In float32 all are one number but for the
// order in which it is added up; in fewer bits the figures say what that costs.
import { norm, subtract } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';

export interface StepResults {
  readonly loss: number;
  /** Of every adapter. */
  readonly gradients: TensorMap;
}

/** Relative. */
export interface Deviation {
  readonly loss: number;
  /** In the Euclidean norm, of the tensor where it is largest. */
  readonly gradient: number;
  readonly tensor: string;
}

/** Throws RangeError where the two have other tensors, or a shape differs. */
export function deviationFrom(reference: StepResults, { loss, gradients }: StepResults): Deviation {
  const difference = subtract(gradients, reference.gradients);
  const names = [...reference.gradients.keys()];
  const apart = names.map((name) => normOf(difference, name) / normOf(reference.gradients, name));
  const gradient = Math.max(...apart); // no number if one of them is none
  const tensor = names[apart.findIndex((value) => Object.is(value, gradient))]!;
  return { loss: Math.abs(loss / reference.loss - 1), gradient, tensor };
}

const normOf = (tensors: TensorMap, name: string) => norm(new Map([[name, tensors.get(name)!]]));
