// Named tensors to program inputs and gradients back: adapters go by their own names, head rows go stacked.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Inputs, Outputs } from '../engines/engine.ts';
import { stackRows, unstackRows } from './head-rows.ts';
import type { ModelParts } from './model-parts.ts';
import { headPrefix, type PhaseName, phaseOwners } from './programs.ts';

/** Every parameter a program takes, from all tensors of all owners. */
export function parameterInputs(parts: ModelParts, tensors: TensorMap): Inputs {
  const inputs: Record<string, Float32Array> = {};
  for (const { name } of parts.adapters) inputs[name] = tensors.get(name)!.data;
  for (const owner of phaseOwners.joint) {
    if (parts.head[owner].length === 0) continue;
    const { weight, bias } = stackRows(tensors, parts.head[owner], parts.featureSize);
    inputs[`${headPrefix(owner)}weight`] = weight;
    inputs[`${headPrefix(owner)}bias`] = bias;
  }
  return inputs;
}

/** The gradients of a training program's outputs, by tensor name, in canonical order. */
export function gradientsOf(parts: ModelParts, phase: PhaseName, outputs: Outputs): TensorMap {
  const gradients = phaseOwners[phase].flatMap((owner) => {
    const adapters = parts.adapters
      .filter((tensor) => tensor.owner === owner)
      .map(({ name }) => [name, outputs[`gradient:${name}`]!] as const);
    if (parts.head[owner].length === 0) return adapters;
    const rows = unstackRows(outputs, `gradient:${headPrefix(owner)}`, parts.head[owner], parts.featureSize);
    return [...adapters, ...rows];
  });
  return new Map(gradients);
}
