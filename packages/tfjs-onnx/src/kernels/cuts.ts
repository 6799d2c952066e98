// Kernels that take a part of a tensor, pad it, or walk it backwards: all of them ONNX Slice and Pad.
import { slice_util, type Tensor } from '@tensorflow/tfjs-core';
import { type Node, sameShape } from '../graph.ts';
import {
  attributeNumber,
  attributeNumbers,
  type Emitter,
  type KernelRow,
  type KernelTable,
  numberOf,
  numbersOf,
  reductionAxes,
} from '../kernel-row.ts';

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

export const cutKernels: KernelTable = {
  PadV2: padV2,
  Reverse: reverse,
  Slice: slice,
  StridedSlice: stridedSlice,
};
