// Kernels that choose or place elements by computed indices: gather, its gradient, one-hot.
import type { Node, Value } from '../graph.ts';
import {
  attributeNumber,
  type Emitter,
  type KernelRow,
  type KernelTable,
  numberOf,
  positiveAxis,
} from '../kernel-row.ts';

const gather: KernelRow = {
  inputs: ['x', 'indices'],
  trace: ([x, indices], raw) => {
    const axis = positiveAxis(numberOf(raw, 'axis'), x!.shape.length);
    const batchDims = (raw.batchDims as number | undefined) ?? 0;
    if (batchDims !== 0 && batchDims !== axis) {
      throw new RangeError(
        `gather with batchDims ${batchDims} along axis ${axis}: only batchDims == axis works here`,
      );
    }
    const shape = [
      ...x!.shape.slice(0, axis),
      ...indices!.shape.slice(batchDims),
      ...x!.shape.slice(axis + 1),
    ];
    return { attributes: { axis, batchDims }, outputs: [{ shape, dtype: x!.dtype }] };
  },
  emit: (node, e) => {
    const [x, indices] = node.inputs as [Value, Value];
    const axis = { i: attributeNumber(node, 'axis') };
    const batchDims = attributeNumber(node, 'batchDims');
    if (batchDims > 0) return emitBatchedGather(e, x, indices, batchDims);
    // Rows of a 16-bit table are cast after they are taken, so that the table itself is never converted.
    const half = e.storedHalf(x);
    if (half !== undefined) return e.cast(e.op('Gather', [half, e.name(indices)], { axis }), 'float32');
    return e.op('Gather', [e.name(x), e.name(indices)], { axis });
  },
};

function emitBatchedGather(e: Emitter, x: Value, indices: Value, batchDims: number): string {
  const vectors = e.op('Reshape', [e.cast(e.name(indices), 'int64'), e.ints([...indices.shape, 1])]);
  return e.op('GatherND', [e.name(x), vectors], { batch_dims: { i: batchDims } });
}

/**
 * out[s] = sum of the rows of x whose segment id is s. Rows with an id outside 0 .. segments-1 are dropped,
 * as in tfjs: they are zeroed and sent to a segment that exists.
 */
const unsortedSegmentSum: KernelRow = {
  inputs: ['x', 'segmentIds'],
  trace: ([x, segmentIds], raw) => {
    if (segmentIds!.shape.length !== 1) throw new RangeError('segment ids should be a vector');
    const segments = numberOf(raw, 'numSegments');
    return {
      attributes: { segments },
      outputs: [{ shape: [segments, ...x!.shape.slice(1)], dtype: x!.dtype }],
    };
  },
  emit: (node, e) => {
    const [x, ids] = node.inputs as [Value, Value];
    const zero = e.scalar(0, x.dtype);
    const last = e.scalar(attributeNumber(node, 'segments') - 1, 'int32');
    const clipped = e.op('Min', [e.op('Max', [e.name(ids), e.scalar(0, 'int32')]), last]);
    const column = e.ints([ids.shape[0]!, ...x.shape.slice(1).map(() => 1)]);
    const inside = e.op('Reshape', [e.op('Equal', [clipped, e.name(ids)]), column]);
    const rows = e.op('Where', [inside, e.name(x), zero]);
    const indices = e.op('Reshape', [e.cast(clipped, 'int64'), e.ints([...ids.shape, 1])]);
    const zeros = e.op('Expand', [zero, e.ints(node.outputs[0]!.shape)]);
    return e.op('ScatterND', [zeros, indices, rows], { reduction: { s: 'add' } });
  },
};

/** Written as a comparison with 0 .. depth-1: ONNX OneHot would let -1 mean the last class. */
const oneHot: KernelRow = {
  inputs: ['indices'],
  trace: ([indices], raw) => {
    const depth = numberOf(raw, 'depth');
    const attributes = { depth, onValue: numberOf(raw, 'onValue'), offValue: numberOf(raw, 'offValue') };
    const dtype = raw.dtype === 'float32' || raw.dtype === 'bool' ? raw.dtype : 'int32';
    return { attributes, outputs: [{ shape: [...indices!.shape, depth], dtype }] };
  },
  emit: (node, e) => {
    const column = e.op('Reshape', [e.name(node.inputs[0]!), e.ints([...node.inputs[0]!.shape, 1])]);
    const classes = e.cast(
      e.ints(Array.from({ length: attributeNumber(node, 'depth') }, (_, i) => i)),
      'int32',
    );
    const hit = e.op('Equal', [column, classes]);
    return chosen(node, e, hit);
  },
};

function chosen(node: Node, e: Emitter, hit: string): string {
  const { dtype } = node.outputs[0]!;
  const [on, off] = [attributeNumber(node, 'onValue'), attributeNumber(node, 'offValue')];
  if (on === 1 && off === 0) return dtype === 'bool' ? hit : e.cast(hit, dtype);
  const number = dtype === 'bool' ? 'int32' : dtype;
  const values = e.op('Where', [hit, e.scalar(on, number), e.scalar(off, number)]);
  return dtype === 'bool' ? e.cast(values, 'bool') : values;
}

export const indexingKernels: KernelTable = {
  GatherV2: gather,
  OneHot: oneHot,
  UnsortedSegmentSum: unsortedSegmentSum,
};
