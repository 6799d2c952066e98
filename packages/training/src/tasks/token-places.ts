// Answers about single tokens as inputs: every example has R places, each with the row of the token it looks at and its
// weight. What a place's answer is, a tag or a token, is the kind's.
import type { InputSpec } from '@colora/tfjs-onnx/trace';
import type { Inputs } from '../engines/engine.ts';
import type { BatchShape, EncodedExample } from './encoded-example.ts';
import { floatInput, intInput, type TargetShape } from './task-program.ts';

/** `rows` int32 [B * R] */
export function rowsInput({ size, targets }: BatchShape): InputSpec {
  return intInput('rows', [size * targets]);
}

/** `weights` [B * R] */
export function weightsInput({ size, targets }: BatchShape): InputSpec {
  return floatInput('weights', [size * targets]);
}

/**
 * `rows` int32 [B * R], the positions (of B * T) that are looked at; `weights` [B * R], 1 there (over their number, with
 * `mean`) and 0 in places that no token fills. `put` gets the value of each place that has one.
 */
export function placeTokens(
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
