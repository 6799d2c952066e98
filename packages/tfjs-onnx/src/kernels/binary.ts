// Element-wise kernels of two or more operands with numpy broadcasting: arithmetic, comparison, logic, choice.
import { broadcastShapes, type Node, type Value } from '../graph.ts';
import type { Emitter, KernelRow, KernelTable } from '../kernel-row.ts';

type Write = (operands: readonly string[], e: Emitter, node: Node) => string;

function broadcastOf(inputs: readonly Value[]): number[] {
  const shape = broadcastShapes(...inputs.map((input) => input.shape));
  if (shape === null) {
    throw new RangeError(`shapes ${inputs.map((input) => `[${input.shape}]`).join(' and ')} don't fit`);
  }
  return shape;
}

function row(write: Write, inputs: KernelRow['inputs'] = ['a', 'b']): KernelRow {
  return {
    inputs,
    broadcasts: true,
    trace: (values) => {
      if (values[0]!.dtype === 'bool') throw new TypeError('arithmetic on bool tensors: cast them first');
      return { outputs: [{ shape: broadcastOf(values), dtype: values[0]!.dtype }] };
    },
    emit: (node, e) => write(e.operands(node), e, node),
  };
}

function predicate(write: Write): KernelRow {
  return {
    inputs: ['a', 'b'],
    broadcasts: true,
    trace: (values) => ({ outputs: [{ shape: broadcastOf(values), dtype: 'bool' }] }),
    emit: (node, e) => write(e.operands(node), e, node),
  };
}

const arithmetic = (opType: string): KernelRow => row((operands, e) => e.op(opType, operands));
const comparison = (opType: string): KernelRow => predicate((operands, e) => e.op(opType, operands));

const isInteger = (node: Node): boolean => node.inputs[0]!.dtype === 'int32';

/** floor(a / b), an int32 whatever the operands are (as on the cpu backend); int32 fits into a double. */
const floorDiv: KernelRow = {
  inputs: ['a', 'b'],
  broadcasts: true,
  trace: (values) => ({ outputs: [{ shape: broadcastOf(values), dtype: 'int32' }] }),
  emit: (node, e) => {
    const operands = e.operands(node);
    const numbers = isInteger(node) ? operands.map((operand) => e.cast(operand, 'float64')) : operands;
    return e.cast(e.op('Floor', [e.op('Div', numbers)]), 'int32');
  },
};

/** The remainder takes the divisor's sign, as in tfjs: a - b floor(a / b). */
const mod: Write = (operands, e, node) => {
  if (isInteger(node)) return e.op('Mod', operands);
  const [a, b] = operands as [string, string];
  return e.op('Sub', [a, e.op('Mul', [b, e.op('Floor', [e.op('Div', [a, b])])])]);
};

const squaredDifference: Write = (operands, e) => {
  const difference = e.op('Sub', operands);
  return e.op('Mul', [difference, difference]);
};

/** A left fold, not ONNX Sum: addition in the written order gives the same bits as tfjs. */
const addN: Write = (operands, e) => operands.reduce((sum, operand) => e.op('Add', [sum, operand]));

const select: KernelRow = {
  inputs: ['condition', 't', 'e'],
  broadcasts: true,
  trace: (values) => ({ outputs: [{ shape: selectShape(values), dtype: values[1]!.dtype }] }),
  emit: (node, e) => {
    const [condition, yes, no] = e.operands(node) as [string, string, string];
    if (node.outputs[0]!.dtype !== 'bool') return e.op('Where', [condition, yes, no]);
    // onnxruntime's Where takes no bools.
    const chosen = e.op('Where', [condition, e.cast(yes, 'uint8'), e.cast(no, 'uint8')]);
    return e.cast(chosen, 'bool');
  },
};

/** tfjs also allows a condition of shape [n] that chooses whole rows of [n, ...]; other ranks must match. */
function selectShape([condition, t, e]: readonly Value[]): readonly number[] {
  if (condition!.shape.length === 1 && t!.shape.length > 1) {
    throw new RangeError('a condition that chooses rows: expand it to the rank of the operands first');
  }
  return broadcastOf([condition!, t!, e!]);
}

const prelu = row(([x, alpha], e) => e.op('PRelu', [x!, alpha!]), ['x', 'alpha']);

const notEqual: Write = (operands, e) => e.op('Not', [e.op('Equal', operands)]);

export const binaryKernels: KernelTable = {
  Add: arithmetic('Add'),
  AddN: row(addN, 'list'),
  FloorDiv: floorDiv,
  Maximum: arithmetic('Max'),
  Minimum: arithmetic('Min'),
  Mod: row(mod),
  Multiply: arithmetic('Mul'),
  Pow: arithmetic('Pow'),
  Prelu: { ...prelu, broadcasts: undefined },
  RealDiv: arithmetic('Div'),
  SquaredDifference: row(squaredDifference),
  Sub: arithmetic('Sub'),
  Equal: comparison('Equal'),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  NotEqual: predicate(notEqual),
  LogicalAnd: comparison('And'),
  LogicalOr: comparison('Or'),
  Select: select,
};
