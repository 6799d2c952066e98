// The server's half of SCAFFOLD (Karimireddy et al. 2020, arXiv 1910.06378, algorithm 1). The checkpoint carries a
// control c as `control/<tensor>` beside each tensor, contributions carry what their own controls fell by under the
// same names, and after the rule's mean over the |S| that came:  c <- c - |S| / N * mean,  N the group's members.
// Not here: the client's half, how its control comes about.
import { isControl } from '@colora/protocol/control-names';
import { addScaled } from '@colora/tensors/arithmetic';
import { assertFits } from '../contribution.ts';
import type { ServerOptimizer } from './server-optimizer.ts';

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
 * `optimizer` for the tensors of an update, SCAFFOLD's step for the controls in it; where an update holds none, it is
 * `optimizer` itself. Throws what that throws, and AggregationError on a control of another name or shape.
 */
export function scaffold(optimizer: ServerOptimizer, { contributions, members }: GroupSize): ServerOptimizer {
  return {
    ...optimizer,
    next(state, params, update) {
      const controls = new Map([...update].filter(([name]) => isControl(name)));
      if (controls.size === 0) return optimizer.next(state, params, update);
      for (const [name, control] of controls) assertFits(params, name, control);
      const tensors = new Map([...update].filter(([name]) => !controls.has(name)));
      const step = optimizer.next(state, params, tensors);
      const before = new Map([...params].filter(([name]) => controls.has(name)));
      const moved = addScaled(before, controls, -Math.min(1, contributions / members));
      return { ...step, params: new Map([...step.params, ...moved]) };
    },
  };
}
