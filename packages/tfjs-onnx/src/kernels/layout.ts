// Kernels that move elements without computing: views, permutations, joins, cuts, repeats.
import { backend_util, slice_util, type Tensor } from '@tensorflow/tfjs-core';
import { type Node, sameShape, sizeOf, type Value } from '../graph.ts';
import {
  attributeNumber,
  attributeNumbers,
  type Emitter,
  type KernelRow,
  type KernelTable,
  numberOf,
  numbersOf,
  positiveAxis,
  reductionAxes,
} from '../kernel-row.ts';

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

const concat: KernelRow = {
  inputs: 'list',
  trace: (values, raw) => {
    const axis = positiveAxis(numberOf(raw, 'axis'), values[0]!.shape.length);
    if (values.length === 1) return { alias: values[0]! };
    const shape = [...values[0]!.shape];
    shape[axis] = values.reduce((sum, value) => sum + value.shape[axis]!, 0);
    return { attributes: { axis }, outputs: [{ shape, dtype: values[0]!.dtype }] };
  },
  emit: (node, e) =>
    e.op(
      'Concat',
      node.inputs.map((input) => e.name(input)),
      { axis: { i: attributeNumber(node, 'axis') } },
    ),
};

const pack: KernelRow = {
  inputs: 'list',
  trace: (values, raw) => {
    const axis = positiveAxis(numberOf(raw, 'axis'), values[0]!.shape.length + 1);
    const { shape, dtype } = values[0]!;
    return {
      attributes: { axis },
      outputs: [{ shape: [...shape.slice(0, axis), values.length, ...shape.slice(axis)], dtype }],
    };
  },
  emit: (node, e) => {
    const axis = attributeNumber(node, 'axis');
    const rows = node.inputs.map((input) => e.op('Unsqueeze', [e.name(input), e.ints([axis])]));
    return rows.length === 1 ? rows[0]! : e.op('Concat', rows, { axis: { i: axis } });
  },
};

function emitSplit(node: Node, e: Emitter, sizes: readonly number[]): string[] {
  const axis = { i: attributeNumber(node, 'axis') };
  return e.ops('Split', [e.name(node.inputs[0]!), e.ints(sizes)], sizes.length, { axis });
}

const unpack: KernelRow = {
  inputs: ['value'],
  trace: ([x], raw) => {
    const axis = positiveAxis(numberOf(raw, 'axis'), x!.shape.length);
    const shape = x!.shape.filter((_, i) => i !== axis);
    return {
      attributes: { axis },
      outputs: Array.from({ length: x!.shape[axis]! }, () => ({ shape, dtype: x!.dtype })),
    };
  },
  emit: (node, e) => {
    const axes = e.ints([attributeNumber(node, 'axis')]);
    return emitSplit(
      node,
      e,
      node.outputs.map(() => 1),
    ).map((part) => e.op('Squeeze', [part, axes]));
  },
};

const splitV: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => {
    const axis = positiveAxis(numberOf(raw, 'axis'), x!.shape.length);
    const sizes = backend_util.prepareSplitSize(
      { shape: [...x!.shape] } as unknown as Tensor,
      raw.numOrSizeSplits as number | number[],
      axis,
    );
    if (sizes.length === 1) return { alias: x! };
    const outputs = sizes.map((size) => ({
      shape: x!.shape.map((dimension, i) => (i === axis ? size : dimension)),
      dtype: x!.dtype,
    }));
    return { attributes: { axis, sizes }, outputs };
  },
  emit: (node, e) => emitSplit(node, e, attributeNumbers(node, 'sizes')),
};

const slice: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => {
    const { shape, dtype } = x!;
    const like = { shape: [...shape], rank: shape.length } as unknown as Tensor;
    const [begin, size] = slice_util.parseSliceParams(
      like,
      raw.begin as number | number[],
      raw.size as number | number[],
    ) as [number[], number[]];
    slice_util.assertParamsValid(like, begin, size);
    if (sameShape(size, shape)) return { alias: x! };
    const end = begin.map((start, i) => start + size[i]!);
    return { attributes: { begin, end, strides: begin.map(() => 1) }, outputs: [{ shape: size, dtype }] };
  },
  emit: (node, e) => emitSlice(node, e),
};

function emitSlice(node: Node, e: Emitter): string {
  const list = (name: string) => e.ints(attributeNumbers(node, name));
  const axes = e.ints(attributeNumbers(node, 'begin').map((_, i) => i));
  return e.op('Slice', [e.name(node.inputs[0]!), list('begin'), list('end'), axes, list('strides')]);
}

const stridedSlice: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => {
    const mask = (name: string) => (raw[name] as number | undefined) ?? 0;
    const info = slice_util.sliceInfo(
      [...x!.shape],
      numbersOf(raw, 'begin'),
      numbersOf(raw, 'end'),
      numbersOf(raw, 'strides'),
      mask('beginMask'),
      mask('endMask'),
      mask('ellipsisMask'),
      mask('newAxisMask'),
      mask('shrinkAxisMask'),
    );
    // Walking backwards past the first element ends at -1 here, which ONNX would count from the back.
    const end = info.end.map((stop, i) => (info.strides[i]! < 0 && stop < 0 ? -x!.shape[i]! - 1 : stop));
    const attributes = { begin: info.begin, end, strides: info.strides };
    return { attributes, outputs: [{ shape: info.finalShape, dtype: x!.dtype }] };
  },
  emit: (node, e) => e.op('Reshape', [emitSlice(node, e), e.ints(node.outputs[0]!.shape)]),
};

const reverse: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => {
    const axes = reductionAxes(raw.dims, x!.shape.length);
    return axes.length === 0 ? { alias: x! } : { attributes: { axes }, outputs: [x!] };
  },
  emit: (node, e) => {
    const axes = attributeNumbers(node, 'axes');
    const { shape } = node.inputs[0]!;
    const starts = e.ints(axes.map((axis) => shape[axis]! - 1));
    const ends = e.ints(axes.map((axis) => -shape[axis]! - 1));
    return e.op('Slice', [e.name(node.inputs[0]!), starts, ends, e.ints(axes), e.ints(axes.map(() => -1))]);
  },
};

const padV2: KernelRow = {
  inputs: ['x'],
  trace: ([x], raw) => {
    const paddings = raw.paddings as readonly (readonly [number, number])[];
    const shape = x!.shape.map((dimension, i) => dimension + paddings[i]![0] + paddings[i]![1]);
    if (sameShape(shape, x!.shape)) return { alias: x! };
    const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
    return {
      attributes: { pads, constant: numberOf(raw, 'constantValue') },
      outputs: [{ shape, dtype: x!.dtype }],
    };
  },
  emit: (node, e) => {
    const constant = e.scalar(attributeNumber(node, 'constant'), node.outputs[0]!.dtype);
    return e.op('Pad', [e.name(node.inputs[0]!), e.ints(attributeNumbers(node, 'pads')), constant]);
  },
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

export const layoutKernels: KernelTable = {
  BroadcastTo: broadcastTo,
  Concat: concat,
  ExpandDims: expandDims,
  Pack: pack,
  PadV2: padV2,
  Reshape: reshape,
  Reverse: reverse,
  Slice: slice,
  SplitV: splitV,
  StridedSlice: stridedSlice,
  Tile: tile,
  Transpose: transpose,
  Unpack: unpack,
};
