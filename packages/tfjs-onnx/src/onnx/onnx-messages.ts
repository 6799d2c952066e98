// Small parts of an ONNX model as the schema wants them: attributes, numbers as bytes, places in files.
import type { FileRange, ValueType } from '../graph.ts';
import type { OnnxAttribute } from '../kernel-row.ts';
import {
  type AttributeMessage,
  attributeTypes,
  dataTypes,
  externalLocation,
  type TensorMessage,
} from './onnx-schema.ts';

/** A tensor whose values lie in a file. */
export function externalMessage(
  dims: readonly number[],
  data_type: number,
  file: string,
  { offset, length }: FileRange,
): TensorMessage {
  const external_data = [
    { key: 'location', value: file },
    { key: 'offset', value: String(offset) },
    { key: 'length', value: String(length) },
  ];
  return { dims, data_type, external_data, data_location: externalLocation };
}

export function attributeMessage(name: string, value: OnnxAttribute): AttributeMessage {
  if ('i' in value) return { name, type: attributeTypes.i, i: value.i };
  if ('f' in value) return { name, type: attributeTypes.f, f: value.f };
  if ('s' in value) return { name, type: attributeTypes.s, s: Buffer.from(value.s) };
  return { name, type: attributeTypes.ints, ints: value.ints };
}

export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

export function scalarBytes(value: number, dtype: ValueType): Uint8Array {
  if (dtype === 'float32') return bytesOf(Float32Array.of(value));
  return dtype === 'int32' ? bytesOf(Int32Array.of(value)) : Uint8Array.of(value);
}

export function int64Tensor(dims: readonly number[], values: readonly number[]): TensorMessage {
  const raw_data = bytesOf(BigInt64Array.from(values, (value) => BigInt(value)));
  return { dims, data_type: dataTypes.int64, raw_data };
}
