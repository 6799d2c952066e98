// Element-wise kernels of one operand, and conversions between types. Operators of two operands are in
// binary.ts; the gradients of all of them are elsewhere (gradients/).
import type { Node, Value } from '../graph.ts';
import { attributeNumber, type Emitter, type KernelRow, type KernelTable, numberOf } from '../kernel-row.ts';

type Write = (x: string, e: Emitter, node: Node) => string;

function row(write: Write, attributeNames: readonly string[] = []): KernelRow {
  return {
    inputs: ['x'],
    trace: ([x], raw) => {
      if (x!.dtype === 'bool') throw new TypeError('arithmetic on a bool tensor: cast it first');
      const attributes = Object.fromEntries(attributeNames.map((name) => [name, numberOf(raw, name)]));
      return { attributes, outputs: [x!] };
    },
    emit: (node, e) => write(e.name(node.inputs[0]!), e, node),
  };
}

const direct = (opType: string): KernelRow => row((x, e) => e.op(opType, [x]));
const one = (e: Emitter) => e.scalar(1, 'float32');

/** e^x - 1 = tanh(x/2) (e^x + 1): exact near 0, where the plain difference cancels. */
const expm1: Write = (x, e) =>
  e.op('Mul', [
    e.op('Tanh', [e.op('Mul', [x, e.scalar(0.5, 'float32')])]),
    e.op('Add', [e.op('Exp', [x]), one(e)]),
  ]);

/** With u = 1 + x rounded: log(1+x) = log(u) x / (u - 1), and x itself where u is 1 (Kahan's correction). */
const log1p: Write = (x, e) => {
  const u = e.op('Add', [x, one(e)]);
  const rounded = e.op('Sub', [u, one(e)]);
  const isZero = e.op('Equal', [rounded, e.scalar(0, 'float32')]);
  const ratio = e.op('Div', [e.op('Mul', [e.op('Log', [u]), x]), rounded]);
  return e.op('Where', [isZero, x, ratio]);
};

/** 1 where x > 0, alpha elsewhere; NaN stays NaN as in tfjs. */
const step: Write = (x, e, node) => {
  const alpha = e.scalar(attributeNumber(node, 'alpha'), 'float32');
  const stepped = e.op('Where', [e.op('Greater', [x, e.scalar(0, 'float32')]), one(e), alpha]);
  return e.op('Where', [e.op('IsNaN', [x]), x, stepped]);
};

const clip: Write = (x, e, node) => {
  const dtype = node.outputs[0]!.dtype;
  const bound = (name: string) => e.scalar(attributeNumber(node, name), dtype);
  return e.op('Min', [e.op('Max', [x, bound('clipValueMin')]), bound('clipValueMax')]);
};

const cast: KernelRow = {
  inputs: ['x'],
  trace: ([x], { dtype }) => {
    if (dtype === x!.dtype) return { alias: x! };
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
      throw new TypeError(`a cast to ${dtype} has no place in a traced graph`);
    }
    return { outputs: [{ shape: x!.shape, dtype }] };
  },
  emit: (node, e) => e.cast(e.name(node.inputs[0]!), node.outputs[0]!.dtype),
};

const predicate = (write: Write): KernelRow => ({
  inputs: ['x'],
  trace: ([x]) => ({ outputs: [{ shape: x!.shape, dtype: 'bool' }] }),
  emit: (node, e) => write(e.name(node.inputs[0]!), e, node),
});

const identity: KernelRow = { inputs: ['x'], trace: ([x]) => ({ alias: x as Value }) };

export const unaryKernels: KernelTable = {
  Abs: direct('Abs'),
  Ceil: direct('Ceil'),
  ClipByValue: row(clip, ['clipValueMin', 'clipValueMax']),
  Cos: direct('Cos'),
  Elu: direct('Elu'),
  Erf: direct('Erf'),
  Exp: direct('Exp'),
  Expm1: row(expm1),
  Floor: direct('Floor'),
  IsNan: predicate((x, e) => e.op('IsNaN', [x])),
  LeakyRelu: row(
    (x, e, node) => e.op('LeakyRelu', [x], { alpha: { f: attributeNumber(node, 'alpha') } }),
    ['alpha'],
  ),
  Log: direct('Log'),
  Log1p: row(log1p),
  LogicalNot: predicate((x, e) => e.op('Not', [x])),
  Neg: direct('Neg'),
  Reciprocal: direct('Reciprocal'),
  Relu: direct('Relu'),
  Relu6: row((x, e) => e.op('Min', [e.op('Relu', [x]), e.scalar(6, 'float32')])),
  Round: direct('Round'),
  Rsqrt: row((x, e) => e.op('Reciprocal', [e.op('Sqrt', [x])])),
  Selu: direct('Selu'),
  Sigmoid: direct('Sigmoid'),
  Sign: direct('Sign'),
  Sin: direct('Sin'),
  Softplus: direct('Softplus'),
  Sqrt: direct('Sqrt'),
  Square: row((x, e) => e.op('Mul', [x, x])),
  Step: row(step, ['alpha']),
  Tan: direct('Tan'),
  Tanh: direct('Tanh'),
  Cast: cast,
  Identity: identity,
};
