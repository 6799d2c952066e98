// The interface of the optimizers that a client runs on its own machine; members: sgd.ts, adam.ts.
// Not here: the server's optimizers, which are another package.
import { elementCount, type Tensor, type TensorMap } from '@colora/tensors/tensor';

/** How fast a tensor moves, by its name. */
export type RateOf = (name: string) => number;

export interface LocalOptimizer {
  readonly name: string;
  /** The state before the first step of these parameters. Keys are `<kind>/<tensor name>`. */
  init(params: TensorMap): TensorMap;
  /**
   * One step on the tensors that `gradients` holds; the arguments stay as they are. Tensors without a gradient
   * keep their values and state. State that is missing starts as `init` would start it.
   */
  next(
    state: TensorMap,
    params: TensorMap,
    gradients: TensorMap,
    rateOf: RateOf,
  ): { state: TensorMap; params: TensorMap };
}

export function zerosLike(tensor: Tensor): Tensor {
  return { shape: tensor.shape, data: new Float32Array(elementCount(tensor.shape)) };
}
