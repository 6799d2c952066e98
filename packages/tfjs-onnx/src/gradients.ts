// Registers gradients for tfjs-core's kernels. tfjs-core's own registration is published only as deep imports
// that bring a second copy of the library, so they are written here, for the one engine there is: with fewer
// operations, and right under broadcasting where tfjs's are not (Maximum, SquaredDifference, batched matMul).
import * as tf from '@tensorflow/tfjs-core';
import { binaryGradients } from './gradients/binary.ts';
import type { GradientRow } from './gradients/gradient-row.ts';
import { layoutGradients } from './gradients/layout.ts';
import { productGradients } from './gradients/products.ts';
import { reduceGradients } from './gradients/reduce.ts';
import { unaryGradients } from './gradients/unary.ts';

const gradientTable: Readonly<Record<string, GradientRow>> = {
  ...binaryGradients,
  ...layoutGradients,
  ...productGradients,
  ...reduceGradients,
  ...unaryGradients,
};

let registered = false;

/** Makes tf.grad, tf.variableGrads and the like work on every backend of this process. Idempotent. */
export function registerGradients(): void {
  if (registered) return;
  registered = true;
  for (const [kernelName, row] of Object.entries(gradientTable)) {
    tf.registerGradient({
      kernelName,
      inputsToSave: row.inputs === 'all' ? [] : [...(row.inputs ?? [])],
      saveAllInputs: row.inputs === 'all',
      outputsToSave: row.output ? [true] : [],
      gradFunc: (dy, saved, attributes) => row.backward(dy as tf.Tensor, saved, attributes),
    });
  }
}
