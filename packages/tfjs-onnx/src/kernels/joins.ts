// Kernels that make one tensor of several, or several of one, along an axis.
import { backend_util, type Tensor } from '@tensorflow/tfjs-core';
import type { Node } from '../graph.ts';
import {
  attributeNumber,
  attributeNumbers,
  type Emitter,
  type KernelRow,
  type KernelTable,
  numberOf,
  positiveAxis,
} from '../kernel-row.ts';

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
    const row = e.ints(node.outputs[0]!.shape.with(axis, 1));
    const rows = node.inputs.map((input) => e.op('Reshape', [e.name(input), row]));
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
    const shape = e.ints(node.outputs[0]!.shape);
    const ones = node.outputs.map(() => 1);
    return emitSplit(node, e, ones).map((part) => e.op('Reshape', [part, shape]));
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

export const joinKernels: KernelTable = { Concat: concat, Pack: pack, SplitV: splitV, Unpack: unpack };
