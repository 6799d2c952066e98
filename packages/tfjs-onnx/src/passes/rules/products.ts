// Rules for matrix products: transposes, factors and added terms become parameters of the product itself.
// Adding a term ties a frozen product to what is added, so these belong after a graph was split.
import { broadcastShapes, type Node, sameShape, type Value } from '../../graph.ts';
import { attributeNumbers } from '../../kernel-row.ts';
import type { Rule, Surroundings } from '../rewriting.ts';
import { scaledBy } from './scalars.ts';

const isProduct = (node: Node | undefined): node is Node =>
  node?.kernel === 'BatchMatMul' ||
  (node?.kernel === '_FusedMatMul' && node.attributes.activation === 'linear');

const isFloat = (node: Node | undefined): node is Node =>
  isProduct(node) && node.inputs.every(({ dtype }) => dtype === 'float32');

/** Gemm's: two matrices of floats. */
const isPlain = (node: Node | undefined): node is Node =>
  isFloat(node) && node.inputs[0]!.shape.length === 2 && node.inputs[1]!.shape.length === 2;

function swapsLastTwo(node: Node | undefined): boolean {
  if (node?.kernel !== 'Transpose') return false;
  const perm = attributeNumbers(node, 'perm');
  const rank = perm.length;
  return perm.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
}

/** op(transpose(a)) b = op'(a) b with the other transpose flag. */
const absorbTransposes: Rule = (node, { producerOf }) => {
  if (!isProduct(node)) return undefined;
  for (const [i, flag] of [
    [0, 'transposeA'],
    [1, 'transposeB'],
  ] as const) {
    const before = producerOf(node.inputs[i]!);
    if (!swapsLastTwo(before)) continue;
    const attributes = { ...node.attributes, [flag]: !node.attributes[flag] };
    return { ...node, attributes, inputs: node.inputs.with(i, before!.inputs[0]!) };
  }
  return undefined;
};

function fused(
  node: Node,
  changes: { inputs?: readonly Value[]; alpha?: number; beta?: number; outputs?: readonly Value[] },
): Node {
  const times = (name: 'alpha' | 'beta') =>
    ((node.attributes[name] as number | undefined) ?? 1) * (changes[name] ?? 1);
  return {
    kernel: '_FusedMatMul',
    inputs: changes.inputs ?? node.inputs,
    outputs: changes.outputs ?? node.outputs,
    attributes: {
      ...node.attributes,
      activation: 'linear',
      alpha: times('alpha'),
      ...(node.inputs.length > 2 ? { beta: times('beta') } : {}),
    },
  };
}

/** (c a) b = c (a b): the factor of an operand becomes the product's alpha. */
const absorbOperandFactors: Rule = (node, around) => {
  if (!isFloat(node)) return undefined;
  for (const i of [0, 1]) {
    const scaled = scaledBy(around.producerOf(node.inputs[i]!), around);
    if (scaled) return fused(node, { inputs: node.inputs.with(i, scaled[0]), alpha: scaled[1] });
  }
  return undefined;
};

/** c (a b) and, with Gemm's beta, c (a b + d), where it is not needed otherwise. */
const absorbResultFactor: Rule = (node, around) => {
  const scaled = scaledBy(node, around);
  if (scaled === undefined || around.usesOf(scaled[0]) > 1) return undefined;
  const product = around.producerOf(scaled[0]);
  if (!isFloat(product) || (product.inputs.length > 2 && !isPlain(product))) return undefined;
  return fused(product, { alpha: scaled[1], beta: scaled[1], outputs: node.outputs });
};

/** a b + c, where a b is not needed otherwise: Gemm starts from c instead of from zeros. */
const absorbAddedTerm: Rule = (node, around) => {
  if (node.kernel !== 'Add') return undefined;
  const [left, right] = node.inputs as [Value, Value];
  return addedTo(left, right, node, around) ?? addedTo(right, left, node, around);
};

function addedTo(
  result: Value,
  term: Value,
  node: Node,
  { producerOf, usesOf }: Surroundings,
): Node | undefined {
  const product = producerOf(result);
  const { shape } = node.outputs[0]!;
  if (!isPlain(product) || product.inputs.length > 2 || usesOf(result) > 1 || result === term)
    return undefined;
  if (!sameShape(result.shape, shape) || !sameShape(broadcastShapes(shape, term.shape) ?? [], shape))
    return undefined;
  return fused(product, { inputs: [...product.inputs, term], outputs: node.outputs });
}

export const productRules: readonly Rule[] = [
  absorbTransposes,
  absorbOperandFactors,
  absorbResultFactor,
  absorbAddedTerm,
];
