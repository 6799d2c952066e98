// Kernels without computed operands: all of them are constants that are known while tracing. Those of one
// repeated number stay one number, however large the tensor is.
import { sizeOf, type ValueType } from '../graph.ts';
import { type KernelRow, type KernelTable, numberOf, numbersOf, type Traced } from '../kernel-row.ts';

function arrayOf(values: readonly number[], dtype: ValueType): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'float32') return Float32Array.from(values);
  return dtype === 'int32' ? Int32Array.from(values) : Uint8Array.from(values);
}

function splat(value: number, shape: readonly number[], dtype: ValueType): Traced {
  return { constant: { shape, dtype, data: arrayOf([value], dtype), splat: sizeOf(shape) !== 1 } };
}

function valueType(dtype: unknown): ValueType {
  if (dtype === 'int32' || dtype === 'bool') return dtype;
  if (dtype === 'float32' || dtype === undefined || dtype === null) return 'float32';
  throw new TypeError(`${dtype} tensors have no place in a traced graph`);
}

const fill: KernelRow = {
  inputs: [],
  trace: (_, raw) => splat(numberOf(raw, 'value'), numbersOf(raw, 'shape'), valueType(raw.dtype)),
};

const like = (value: number): KernelRow => ({
  inputs: ['x'],
  trace: ([x]) => splat(value, x!.shape, x!.dtype),
});

const range: KernelRow = {
  inputs: [],
  trace: (_, raw) => {
    const [start, stop, step] = [numberOf(raw, 'start'), numberOf(raw, 'stop'), numberOf(raw, 'step')];
    const count = Math.max(0, Math.ceil((stop - start) / step));
    const dtype = valueType(raw.dtype);
    const values = Array.from({ length: count }, (_, i) => start + i * step);
    return { constant: { shape: [count], dtype, data: arrayOf(values, dtype), splat: false } };
  },
};

const linSpace: KernelRow = {
  inputs: [],
  trace: (_, raw) => {
    const [start, stop, count] = [numberOf(raw, 'start'), numberOf(raw, 'stop'), numberOf(raw, 'num')];
    const step = count > 1 ? (stop - start) / (count - 1) : 0;
    const values = Array.from({ length: count }, (_, i) => start + i * step);
    return { constant: { shape: [count], dtype: 'float32', data: arrayOf(values, 'float32'), splat: false } };
  },
};

export const creationKernels: KernelTable = {
  Fill: fill,
  LinSpace: linSpace,
  OnesLike: like(1),
  Range: range,
  ZerosLike: like(0),
};
