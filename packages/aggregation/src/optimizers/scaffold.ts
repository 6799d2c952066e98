// The server's half of SCAFFOLD (Karimireddy et al. 2020, arXiv 1910.06378, algorithm 1). The checkpoint carries a
// control c as `control/<tensor>` beside each tensor, contributions carry what their own controls fell by under the
// same names, and after the rule's mean over the |S| that came:  c <- c - |S| / N * mean,  N the group's members.
// Not here: the client's half, how its control comes about.
import { addScaled } from '@colora/tensors/arithmetic';
import type { TensorMap } from '@colora/tensors/tensor';
import type { ServerOptimizer, ServerStep } from './server-optimizer.ts';

export const controlPrefix = 'control/';

export interface GroupSize {
  /** Contributions of the round. */
  readonly contributions: number;
  /**
   * Members of the group who may contribute, those that didn't included. Where some have left since they contributed
   * it may be below `contributions`: then |S| / N counts as 1.
   */
  readonly members: number;
}

/**
 * The server's whole step: the optimizer's against the tensors of the update, SCAFFOLD's against the controls in it.
 * Without controls it is the optimizer's alone.
 */
export function takeServerStep(
  optimizer: ServerOptimizer,
  state: TensorMap,
  params: TensorMap,
  update: TensorMap,
  { contributions, members }: GroupSize,
): ServerStep {
  const controls = new Map([...update].filter(([name]) => name.startsWith(controlPrefix)));
  if (controls.size === 0) return optimizer.next(state, params, update);
  const step = optimizer.next(state, params, new Map([...update].filter(([name]) => !controls.has(name))));
  const before = new Map([...controls.keys()].map((name) => [name, params.get(name)!]));
  const moved = addScaled(before, controls, -Math.min(1, contributions / members));
  return { ...step, params: new Map([...step.params, ...moved]) };
}
