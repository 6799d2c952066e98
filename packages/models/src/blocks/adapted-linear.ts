// A base model's linear layers with the adapters on top: y = x W^T + b + sum over paths of c x Fn^T ... F1^T.
// Which paths a module has is the adapters package's table; no layer of any model is named here.
import type { AdapterSettings, Linear } from '@colora/adapters/layouts';
import { type ModulePath, modulePaths } from '@colora/adapters/paths';
import * as tf from '@tensorflow/tfjs-core';
import { ModelError } from '../model-error.ts';
import type { ApplyLinear, Weights } from '../model-family.ts';
import { transposedWeightName, weightName } from '../weights/linear-weight.ts';

/**
 * The linear layers of `weights`, adapted at `modules` (the chosen targets) with `adapterTensors` (all owners, by
 * name). A path is applied to the activations right to left, so no [out, in] delta is ever made and the cost is
 * that of the narrow factors.
 */
export function makeApplyLinear(
  weights: Weights,
  settings: AdapterSettings,
  modules: readonly Linear[],
  adapterTensors: Readonly<Record<string, tf.Tensor>>,
): ApplyLinear {
  const paths = new Map(modules.map((module) => [module.name, modulePaths(settings, module.name)]));
  return (x, module) =>
    (paths.get(module) ?? []).reduce<tf.Tensor2D>(
      (sum, path) => tf.add(sum, applyPath(x, path, adapterTensors)),
      applyBase(x, module, weights),
    );
}

/** The linear layers as they are. */
export function baseLinear(weights: Weights): ApplyLinear {
  return (x, module) => applyBase(x, module, weights);
}

function applyBase(x: tf.Tensor2D, module: string, weights: Weights): tf.Tensor2D {
  const transposed = weights[transposedWeightName(module)] as tf.Tensor2D | undefined;
  const product: tf.Tensor2D =
    transposed === undefined
      ? tf.matMul(x, weightOf(weights, weightName(module)) as tf.Tensor2D, false, true)
      : tf.matMul(x, transposed);
  const bias = weights[`${module}.bias`];
  return bias === undefined ? product : tf.add<tf.Tensor2D>(product, bias);
}

function applyPath(
  x: tf.Tensor2D,
  path: ModulePath,
  tensors: Readonly<Record<string, tf.Tensor>>,
): tf.Tensor2D {
  const [outer, ...inner] = path.factors.map((name) => weightOf(tensors, name) as tf.Tensor2D);
  const narrow: tf.Tensor2D = inner.reduceRight((rows, factor) => tf.matMul(rows, factor, false, true), x); // [N, r]
  const scaled = path.scale === 1 ? narrow : tf.mul(narrow, path.scale);
  return tf.matMul(scaled, outer!, false, true);
}

/** The tensor of this name; ModelError `missing-weight` where there is none. */
export function weightOf(tensors: Readonly<Record<string, tf.Tensor>>, name: string): tf.Tensor {
  const tensor = tensors[name];
  if (tensor === undefined) throw new ModelError('missing-weight', `tensor ${name} was not given`);
  return tensor;
}
