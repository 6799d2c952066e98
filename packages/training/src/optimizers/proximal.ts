// FedProx (Li et al. 2020, arXiv 1812.06127): a participant's loss gains mu / 2 |x - x_start|^2, x_start being the
// checkpoint, so that mu (x - x_start) joins every gradient of the shared tensors and keeps them near it.
import type { TensorMap } from '@colora/tensors/tensor';
import { type GradientTerm, withTerm } from './gradient-term.ts';

/** `start`: the shared tensors of the checkpoint. */
export function proximal(mu: number, start: TensorMap): GradientTerm {
  return (gradients, tensors) =>
    withTerm(gradients, start, (name, i) => mu * (tensors.get(name)!.data[i]! - start.get(name)!.data[i]!));
}
