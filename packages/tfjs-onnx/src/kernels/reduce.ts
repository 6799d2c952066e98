// Kernels that fold axes away or normalise along one: sums, extremes, products, softmax, running sums.
import type { Node, Value, ValueType } from '../graph.ts';
import {
  attributeNumber,
  attributeNumbers,
  type Emitter,
  type KernelRow,
  type KernelTable,
  positiveAxis,
  type RawAttributes,
  reductionAxes,
} from '../kernel-row.ts';

function reducedShape(x: Value, axes: readonly number[], keepDims: boolean): number[] {
  if (keepDims) return x.shape.map((dimension, i) => (axes.includes(i) ? 1 : dimension));
  return x.shape.filter((_, i) => !axes.includes(i));
}

interface Reduction {
  readonly opType: string;
  readonly axisName?: string;
  readonly result?: ValueType;
  /** The type ONNX computes in, where it is not that of the operand. */
  readonly computeIn?: 'float32' | 'int32';
}

function reduction({ opType, axisName = 'axis', result, computeIn }: Reduction): KernelRow {
  return {
    inputs: ['x'],
    trace: ([x], raw: RawAttributes) => {
      const axes = reductionAxes(raw[axisName], x!.shape.length);
      const keepDims = raw.keepDims === true;
      const dtype = result ?? x!.dtype;
      // ONNX reads an empty list of axes as "all": nothing to fold is said by a cast, or by no node at all.
      if (axes.length === 0 && dtype === x!.dtype) return { alias: x! };
      if (axes.length === 0) return { kernel: 'Cast', outputs: [{ shape: x!.shape, dtype }] };
      return {
        attributes: { axes, keepDims },
        outputs: [{ shape: reducedShape(x!, axes, keepDims), dtype }],
      };
    },
    emit: (node, e) => {
      const [x] = node.inputs as [Value];
      const compute = computeIn ?? x.dtype;
      const operand = compute === x.dtype ? e.name(x) : e.cast(e.name(x), compute);
      const keepdims = { i: node.attributes.keepDims ? 1 : 0 };
      const folded = e.op(opType, [operand, e.ints(attributeNumbers(node, 'axes'))], { keepdims });
      const { dtype } = node.outputs[0]!;
      return dtype === compute ? folded : e.cast(folded, dtype);
    },
  };
}

function argument(opType: string): KernelRow {
  return {
    inputs: ['x'],
    trace: ([x], raw) => {
      const [axis] = reductionAxes(raw.axis, x!.shape.length) as [number];
      return { attributes: { axis }, outputs: [{ shape: reducedShape(x!, [axis], false), dtype: 'int32' }] };
    },
    emit: (node, e) => {
      const axis = { i: attributeNumber(node, 'axis') };
      return e.cast(e.op(opType, [e.name(node.inputs[0]!)], { axis, keepdims: { i: 0 } }), 'int32');
    },
  };
}

function normalisation(opType: string, axisName: string): KernelRow {
  return {
    inputs: ['logits'],
    trace: ([x], raw) => {
      const axis = positiveAxis(raw[axisName] as number, x!.shape.length);
      return { attributes: { axis }, outputs: [{ shape: x!.shape, dtype: 'float32' }] };
    },
    emit: (node, e) => {
      const [x] = node.inputs as [Value];
      const operand = x.dtype === 'float32' ? e.name(x) : e.cast(e.name(x), 'float32');
      return e.op(opType, [operand], { axis: { i: attributeNumber(node, 'axis') } });
    },
  };
}

const emitCumsum = (node: Node, e: Emitter): string =>
  e.op('CumSum', [e.name(node.inputs[0]!), e.int(attributeNumber(node, 'axis'))], {
    exclusive: { i: node.attributes.exclusive ? 1 : 0 },
    reverse: { i: node.attributes.reverse ? 1 : 0 },
  });

const cumsum: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => ({
    attributes: {
      axis: positiveAxis(raw.axis as number, x!.shape.length),
      exclusive: raw.exclusive === true,
      reverse: raw.reverse === true,
    },
    outputs: [x!],
  }),
  emit: emitCumsum,
};

export const reduceKernels: KernelTable = {
  All: reduction({ opType: 'ReduceMin', result: 'bool', computeIn: 'int32' }),
  Any: reduction({ opType: 'ReduceMax', result: 'bool', computeIn: 'int32' }),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  Cumsum: cumsum,
  LogSoftmax: normalisation('LogSoftmax', 'axis'),
  Max: reduction({ opType: 'ReduceMax', axisName: 'reductionIndices' }),
  Mean: reduction({ opType: 'ReduceMean', result: 'float32', computeIn: 'float32' }),
  Min: reduction({ opType: 'ReduceMin' }),
  Prod: reduction({ opType: 'ReduceProd' }),
  Softmax: normalisation('Softmax', 'dim'),
  Sum: reduction({ opType: 'ReduceSum' }),
};
