// Classification heads: one tensor a label (weights, then the bias), and who owns it.
// A row a tensor lets everybody average a label's row over exactly those who have that label.
// The forward pass (scale, softmax) belongs to training.
import { headPrefix as sharedPrefix } from '@colora/protocol/clusters/cluster-rows';
import { type TensorMap, zeros } from '@colora/tensors/tensor';

/**
 * - `by-label`: `head/<label>` is common to all who use that label name
 * - `personal`: `personal-head/<label>` never travels
 * - `both`: the logits are the sum of the two
 */
export type HeadOwnership = 'by-label' | 'personal' | 'both';

const personalPrefix = 'personal-head/';

export interface HeadTensorNames {
  /** In the order of the labels; empty under `personal`. */
  readonly shared: string[];
  /** In the order of the labels; empty under `by-label`. */
  readonly personal: string[];
}

export function headTensorNames(ownership: HeadOwnership, labels: readonly string[]): HeadTensorNames {
  return {
    shared: ownership === 'personal' ? [] : labels.map((label) => sharedPrefix + label),
    personal: ownership === 'by-label' ? [] : labels.map((label) => personalPrefix + label),
  };
}

/** The label of a shared or personal head tensor, or undefined for any other tensor. */
export function headLabel(name: string): string | undefined {
  const prefix = [sharedPrefix, personalPrefix].find((candidate) => name.startsWith(candidate));
  return prefix === undefined ? undefined : name.slice(prefix.length);
}

/** Heads start at zero: [featureSize + 1] a label, so that every label is equally likely at first. */
export function initialHead(names: readonly string[], featureSize: number): TensorMap {
  return new Map(names.map((name) => [name, zeros([featureSize + 1])]));
}
