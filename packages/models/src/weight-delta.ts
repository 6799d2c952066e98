// What an adapter changes of one weight of the base model, and adding it.
import type { FoldedAdapter } from '@colora/adapters/fold';
import type { Tensor } from '@colora/tensors/tensor';
import { linearWeight } from './weights/linear-weight.ts';

/** delta = B A, [out, in]; the weight it belongs to may lie the other way round. */
export interface WeightDelta extends FoldedAdapter {
  readonly isTransposed: boolean;
}

/** Of a weight by its canonical name; undefined where no adapter changes it. */
export function weightDelta(
  name: string,
  folded: ReadonlyMap<string, FoldedAdapter>,
): WeightDelta | undefined {
  const { module = '', isTransposed = false } = linearWeight(name) ?? {};
  const adapter = folded.get(module);
  return adapter && { ...adapter, isTransposed };
}

/** W += B A, a row of B A at a time in f64. W [out, in], or [in, out] where it is transposed */
export function addDelta({ data }: Tensor, { A, B, isTransposed }: WeightDelta): void {
  const [rank, width] = A.shape as [number, number];
  const outs = B.shape[0]!;
  const [outStep, inStep] = isTransposed ? [1, outs] : [width, 1];
  const row = new Float64Array(width);
  for (let out = 0; out < outs; out += 1) {
    row.fill(0);
    for (let k = 0; k < rank; k += 1) {
      const factor = B.data[out * rank + k]!;
      for (let i = 0; i < width; i += 1) row[i]! += factor * A.data[k * width + i]!;
    }
    for (let i = 0; i < width; i += 1) data[out * outStep + i * inStep]! += row[i]!;
  }
}
