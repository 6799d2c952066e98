// Rules for constants that repeat one number: arithmetic among them is done now, neutral elements vanish,
// chains of factors become one factor.
import { type Node, sameShape, type Value } from '../../graph.ts';
import type { Rule, Surroundings } from '../rewriting.ts';

const folded: Readonly<Record<string, (...numbers: number[]) => number>> = {
  Add: (a, b) => a! + b!,
  Multiply: (a, b) => a! * b!,
  Neg: (a) => -a!,
  RealDiv: (a, b) => a! / b!,
  Sqrt: (a) => Math.sqrt(a!),
  Square: (a) => a! * a!,
  Sub: (a, b) => a! - b!,
  BroadcastTo: (a) => a!,
  Reshape: (a) => a!,
};

const foldScalars: Rule = (node, around) => {
  const fold = folded[node.kernel];
  const { shape, dtype } = node.outputs[0]!;
  if (fold === undefined || dtype !== 'float32') return undefined;
  const numbers = node.inputs.map((input) => around.numberIn(input));
  if (numbers.some((number) => number === undefined)) return undefined;
  return around.splat(Math.fround(fold(...(numbers as number[]))), shape, dtype);
};

/** x as the node's whole result: itself, or spread to the result's shape. */
function insteadOf(node: Node, x: Value): Value | Node {
  if (sameShape(x.shape, node.outputs[0]!.shape)) return x;
  return { ...node, kernel: 'BroadcastTo', inputs: [x], attributes: {} };
}

/** x + 0, x - 0, 1 x, x / 1. (0 x stays: it is NaN where x isn't finite.) */
const dropNeutral: Rule = (node, { numberIn }) => {
  const neutral = { Add: 0, Sub: 0, Multiply: 1, RealDiv: 1 }[node.kernel];
  if (neutral === undefined) return undefined;
  const [a, b] = node.inputs as [Value, Value];
  if (numberIn(b) === neutral) return insteadOf(node, a);
  const commutes = node.kernel === 'Add' || node.kernel === 'Multiply';
  return commutes && numberIn(a) === neutral ? insteadOf(node, b) : undefined;
};

/** A product with a number that its other operand's shape already is the result's, as [x, number]. */
export function scaledBy(node: Node | undefined, { numberIn }: Surroundings): [Value, number] | undefined {
  if (node?.kernel !== 'Multiply' || node.outputs[0]!.dtype !== 'float32') return undefined;
  const [a, b] = node.inputs as [Value, Value];
  const { shape } = node.outputs[0]!;
  const [left, right] = [numberIn(a), numberIn(b)];
  if (right !== undefined && sameShape(a.shape, shape)) return [a, right];
  return left !== undefined && sameShape(b.shape, shape) ? [b, left] : undefined;
}

/** (x c) d = x (c d), unless x c is needed anyway. */
const mergeFactors: Rule = (node, around) => {
  const outer = scaledBy(node, around);
  if (outer === undefined || around.usesOf(outer[0]) > 1) return undefined;
  const inner = scaledBy(around.producerOf(outer[0]), around);
  if (inner === undefined) return undefined;
  return { ...node, inputs: [inner[0], around.splat(Math.fround(inner[1] * outer[1]), [], 'float32')] };
};

/** Division by a power of two is a product, exactly; products can be merged further. */
const divideByPower: Rule = (node, around) => {
  if (node.kernel !== 'RealDiv' || node.outputs[0]!.dtype !== 'float32') return undefined;
  const [a, b] = node.inputs as [Value, Value];
  const divisor = around.numberIn(b);
  if (divisor === undefined || !Number.isInteger(Math.log2(Math.abs(divisor)))) return undefined;
  return { ...node, kernel: 'Multiply', inputs: [a, around.splat(1 / divisor, b.shape, 'float32')] };
};

/** -(-x) = x, a + (-b) = a - b, a - (-b) = a + b. */
const mergeSigns: Rule = (node, { producerOf }) => {
  const negated = (value: Value | undefined) => {
    const before = value && producerOf(value);
    return before?.kernel === 'Neg' ? before.inputs[0] : undefined;
  };
  const [a, b] = node.inputs as [Value, Value | undefined];
  if (node.kernel === 'Neg') return negated(a);
  const [minusA, minusB] = [negated(a), negated(b)];
  if (node.kernel === 'Sub' && minusB) return { ...node, kernel: 'Add', inputs: [a, minusB] };
  if (node.kernel === 'Add' && minusB) return { ...node, kernel: 'Sub', inputs: [a, minusB] };
  if (node.kernel === 'Add' && minusA) return { ...node, kernel: 'Sub', inputs: [b!, minusA] };
  return undefined;
};

export const scalarRules: readonly Rule[] = [
  foldScalars,
  dropNeutral,
  divideByPower,
  mergeFactors,
  mergeSigns,
];
