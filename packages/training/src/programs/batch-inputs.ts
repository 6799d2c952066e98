// Encoded examples as the numbers that a program takes: ids, mask and targets, padded.
// Not here: what shapes there are (batches.ts), the trained tensors' inputs (parameter-inputs.ts).
import type { Inputs } from '../engines/engine.ts';
import type { EncodedExample } from '../text/encode-examples.ts';

/** ids int32 [B, T] and mask [B, T] of `size` >= examples.length rows; rows without an example repeat the last one. */
export function textInputs(examples: readonly EncodedExample[], size: number, tokens: number): Inputs {
  const ids = new Int32Array(size * tokens);
  const mask = new Float32Array(size * tokens);
  for (let row = 0; row < size; row += 1) {
    const { ids: own } = rowOf(examples, row);
    const length = Math.min(own.length, tokens);
    for (let i = 0; i < length; i += 1) ids[row * tokens + i] = own[i]!;
    mask.fill(1, row * tokens, row * tokens + length);
  }
  return { ids, mask };
}

/** The keys of the rows that textInputs makes. */
export function rowKeys(examples: readonly EncodedExample[], size: number): string[] {
  return Array.from({ length: size }, (_, row) => rowOf(examples, row).key);
}

function rowOf(examples: readonly EncodedExample[], row: number): EncodedExample {
  return examples[Math.min(row, examples.length - 1)]!;
}

/** One-hot targets [B, L]. */
export function labelTargets(examples: readonly EncodedExample[], labelCount: number): Inputs {
  const targets = new Float32Array(examples.length * labelCount);
  examples.forEach(({ label }, row) => {
    if (label >= 0) targets[row * labelCount + label] = 1;
  });
  return { targets };
}

export interface TargetShape {
  /** B, at least the number of examples. */
  readonly size: number;
  /** T */
  readonly tokens: number;
  /** R, at least the counted tokens of any example. */
  readonly targets: number;
  /** Weights sum to one over the batch instead of counting. */
  readonly mean: boolean;
}

/**
 * Next-token targets, R an example: `rows` int32 [B * R], the positions (of B * T) whose next token counts; `targets`
 * int32 [B * R], those tokens; `weights` [B * R], 1 there (over their number, with `mean`) and 0
 * in places that no token fills.
 */
export function tokenTargets(examples: readonly EncodedExample[], shape: TargetShape): Inputs {
  const targets = new Int32Array(shape.size * shape.targets);
  const inputs = placed(examples, shape, (place, value) => {
    targets[place] = value;
  });
  return { ...inputs, targets };
}

/** The same for labels of words: `targets` float32 [B * R, L], one-hot, zero for a label the learner doesn't have. */
export function tagTargets(
  examples: readonly EncodedExample[],
  shape: TargetShape,
  labelCount: number,
): Inputs {
  const targets = new Float32Array(shape.size * shape.targets * labelCount);
  const inputs = placed(examples, shape, (place, value) => {
    targets[place * labelCount + value] = 1;
  });
  return { ...inputs, targets };
}

/** `rows` and `weights`, and the value of each place that has one. */
function placed(
  examples: readonly EncodedExample[],
  { size, tokens, targets: places, mean }: TargetShape,
  put: (place: number, value: number) => void,
): Inputs {
  const rows = new Int32Array(size * places);
  const weights = new Float32Array(size * places);
  examples.forEach(({ targets }, index) => {
    targets.positions.slice(0, places).forEach((position, counted) => {
      const place = index * places + counted;
      const value = targets.values[counted]!;
      rows[place] = index * tokens + position;
      if (value < 0) return;
      weights[place] = 1;
      put(place, value);
    });
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (mean && sum > 0) for (let i = 0; i < weights.length; i += 1) weights[i]! /= sum;
  return { rows, weights };
}
