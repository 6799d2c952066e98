// A type of their own for the tensors that never leave their owner's machine.
// Nothing that sends takes this type, so that following its uses audits the promise.
import type { TensorMap } from '@colora/tensors/tensor';

declare const stays: unique symbol;

/** Personal adapters, personal head rows; a TensorMap that only a workspace may hold. */
export type PersonalTensors = TensorMap & { readonly [stays]: 'on its owner\u2019s machine' };

export function asPersonal(tensors: TensorMap): PersonalTensors {
  return tensors as PersonalTensors;
}
