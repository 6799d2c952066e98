// Kernels that keep every element and change only shape, order or number of repeats.
import { sameShape, sizeOf, type Value } from '../graph.ts';
import { attributeNumbers, type KernelRow, type KernelTable, numberOf, numbersOf } from '../kernel-row.ts';

function reshaped(x: Value, wanted: readonly number[]): ReturnType<KernelRow['trace']> {
  const known = wanted.filter((dimension) => dimension !== -1);
  const shape = wanted.map((dimension) => (dimension === -1 ? sizeOf(x.shape) / sizeOf(known) : dimension));
  if (sizeOf(shape) !== sizeOf(x.shape)) {
    throw new RangeError(`[${x.shape}] can't be reshaped to [${wanted}]`);
  }
  if (sameShape(shape, x.shape)) return { alias: x };
  return { kernel: 'Reshape', outputs: [{ shape, dtype: x.dtype }] };
}

const reshape: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => reshaped(x!, numbersOf(raw, 'shape')),
  emit: (node, e) => e.op('Reshape', [e.name(node.inputs[0]!), e.ints(node.outputs[0]!.shape)]),
};

const expandDims: KernelRow = {
  inputs: ['input'],
  trace: ([x], raw) => {
    const dim = numberOf(raw, 'dim');
    const at = dim < 0 ? x!.shape.length + dim + 1 : dim;
    return reshaped(x!, [...x!.shape.slice(0, at), 1, ...x!.shape.slice(at)]);
  },
};

const transpose: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => {
    const perm = numbersOf(raw, 'perm');
    if (perm.every((from, to) => from === to)) return { alias: x! };
    return {
      attributes: { perm },
      outputs: [{ shape: perm.map((from) => x!.shape[from]!), dtype: x!.dtype }],
    };
  },
  emit: (node, e) =>
    e.op('Transpose', [e.name(node.inputs[0]!)], { perm: { ints: attributeNumbers(node, 'perm') } }),
};

/** Repeats of size-1 axes only are a broadcast, which later passes can often drop. */
const tile: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => {
    const reps = numbersOf(raw, 'reps');
    if (reps.every((rep) => rep === 1)) return { alias: x! };
    const shape = x!.shape.map((dimension, i) => dimension * reps[i]!);
    const outputs = [{ shape, dtype: x!.dtype }];
    if (reps.every((rep, i) => rep === 1 || x!.shape[i] === 1)) return { kernel: 'BroadcastTo', outputs };
    return { attributes: { reps }, outputs };
  },
  emit: (node, e) => e.op('Tile', [e.name(node.inputs[0]!), e.ints(attributeNumbers(node, 'reps'))]),
};

const broadcastTo: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => ({ outputs: [{ shape: numbersOf(raw, 'shape'), dtype: x!.dtype }] }),
  emit: (node, e) => e.op('Expand', [e.name(node.inputs[0]!), e.ints(node.outputs[0]!.shape)]),
};

export const viewKernels: KernelTable = {
  BroadcastTo: broadcastTo,
  ExpandDims: expandDims,
  Reshape: reshape,
  Tile: tile,
  Transpose: transpose,
};
