// The leave-me-out account: which part of a checkpoint is one's own. Every contribution that was applied moved the
// checkpoint by its values times a weight that the coordinator tells; their sum taken out leaves the checkpoint that the
// others' contributions made. Arithmetic alone; what was applied with which weight is asked by the client.
import { addScaled } from '@colora/tensors/arithmetic';
import { sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';

/** sum over one's contributions of weight * what was sent, by tensor: what a checkpoint lacks of the start for them. */
export type OwnAccount = TensorMap;

/** `sent` as it was decoded from the wire; `weights` by the names of its tensors, 0 where one is missing. */
export function withApplied(
  account: OwnAccount,
  sent: TensorMap,
  weights: Readonly<Record<string, number>>,
): OwnAccount {
  const next = new Map(account);
  for (const [name, tensor] of sent) {
    const before = account.get(name) ?? { shape: tensor.shape, data: new Float32Array(tensor.data.length) };
    next.set(name, sum(name, before, tensor, weights[name] ?? 0));
  }
  return next;
}

/** The checkpoint as it would stand had one's contributions not been added to it (the others' stay as they were). */
export function leaveMeOut(checkpoint: TensorMap, account: OwnAccount): TensorMap {
  return new Map(
    [...checkpoint].map(([name, tensor]) => {
      const own = account.get(name);
      return [
        name,
        own !== undefined && sameShape(own.shape, tensor.shape) ? sum(name, tensor, own, 1) : tensor,
      ];
    }),
  );
}

function sum(name: string, a: Tensor, b: Tensor, factor: number): Tensor {
  return addScaled(new Map([[name, a]]), new Map([[name, b]]), factor).get(name)!;
}
