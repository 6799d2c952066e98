// The participant's half of SCAFFOLD (Karimireddy et al. 2020, arXiv 1910.06378, algorithm 1, option II). The group's
// control c comes with the checkpoint as `control/<tensor>`; a participant's own c_i stays in its workspace:
//   each shared step:   y <- y - rate (g - c_i + c)
//   after K of them:    c_i' = c_i - c + (x - y) / (sum of the K rates)
// so that c_i' is the mean gradient of its steps. What travels beside x - y is c_i - c_i', to be subtracted like it.
// All controls start at zero. Not here: the coordinator's half.
import { controlPrefix, tensorOf } from '@colora/protocol/control-names';
import { subtract } from '@colora/tensors/arithmetic';
import type { NamedShape } from '@colora/tensors/pieces';
import { type Tensor, type TensorMap, zeros } from '@colora/tensors/tensor';
import { pickTensors } from '../pick-tensors.ts';
import { type GradientTerm, withTerm } from './gradient-term.ts';
import type { RateOf } from './local-optimizer.ts';

/** By the names of the tensors they belong to. */
interface Controls {
  readonly group: TensorMap;
  readonly own: TensorMap;
}

/** Version 0 of the controls of these tensors, named as they travel. */
export function initialControls(shared: readonly NamedShape[]): TensorMap {
  return new Map(shared.map(({ name, shape }) => [controlPrefix + name, zeros(shape)]));
}

/**
 * `state`: what the learner keeps; an own control that is not there yet is zero.
 * Throws TrainingError `bad-tensors` where the checkpoint lacks a control.
 */
export function controlsOf(shared: readonly NamedShape[], checkpoint: TensorMap, state: TensorMap): Controls {
  const named = shared.map(({ name, shape }) => ({ name: controlPrefix + name, shape }));
  return {
    group: withoutPrefix(pickTensors(checkpoint, named, 'the checkpoint')),
    own: withoutPrefix(
      new Map(named.map(({ name, shape }): [string, Tensor] => [name, state.get(name) ?? zeros(shape)])),
    ),
  };
}

/** g - c_i + c. */
export function corrected({ group, own }: Controls): GradientTerm {
  return (gradients) =>
    withTerm(gradients, group, (name, i) => group.get(name)!.data[i]! - own.get(name)!.data[i]!);
}

/** `update` is x - y; `rateSum` the rates of the steps it took, summed. Both results are named as they are kept and sent. */
export function nextControls(
  { group, own }: Controls,
  update: TensorMap,
  rateSum: RateOf,
): { kept: TensorMap; sent: TensorMap } {
  const next = new Map(
    [...update].map(([name, { shape, data }]): [string, Tensor] => {
      const [c, ownC, rates] = [group.get(name)!.data, own.get(name)!.data, rateSum(name)];
      return [name, { shape, data: data.map((moved, i) => ownC[i]! - c[i]! + moved / rates) }];
    }),
  );
  return { kept: withPrefix(next), sent: withPrefix(subtract(own, next)) };
}

function withPrefix(tensors: TensorMap): TensorMap {
  return new Map([...tensors].map(([name, tensor]) => [controlPrefix + name, tensor]));
}

function withoutPrefix(tensors: TensorMap): TensorMap {
  return new Map([...tensors].map(([name, tensor]) => [tensorOf(name), tensor]));
}
