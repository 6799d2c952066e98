// Whole safetensors files in memory, float32 on both sides.
// Not here: the header and what the format forbids (safetensors-header.ts), single tensors of a file
// (safetensors-file.ts), network bodies (safetensors-stream.ts).
import { bytesPerElement, type FloatDType, isFloatDType } from '../dtype.ts';
import type { Tensor, TensorMap } from '../tensor.ts';
import { floatsFromBytes, writeFloats } from '../tensor-bytes.ts';
import { SafetensorsError } from './safetensors-error.ts';
import {
  encodeHeader,
  headerLimit,
  lengthBytes,
  type PlannedTensor,
  parseHeader,
  parseHeaderLength,
  type TensorInfo,
  tensorLength,
} from './safetensors-header.ts';

export interface EncodeOptions {
  /** The format of every tensor in the file; F32 unless told. Values past F16's range become infinite. */
  readonly dtype?: FloatDType;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Encodes a map. Names and metadata keys are sorted (by UTF-16 code unit) and the header is padded to a multiple
 * of eight bytes: equal maps give equal bytes. Throws SafetensorsError on a name or shape the format can't hold.
 */
export function encode(tensors: TensorMap, options: EncodeOptions = {}): Uint8Array {
  const dtype = options.dtype ?? 'F32';
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  const planned = sorted.map(([name, { shape, data }]) => plannedTensor(name, dtype, shape, data));
  const header = encodeHeader(planned, options.metadata ?? {});
  const dataLength = sorted.reduce((sum, [, { data }]) => sum + data.length * bytesPerElement(dtype), 0);
  const bytes = new Uint8Array(header.length + dataLength);
  bytes.set(header);
  let offset = header.length;
  for (const [, { data }] of sorted) {
    const end = offset + data.length * bytesPerElement(dtype);
    writeFloats(dtype, data, bytes.subarray(offset, end));
    offset = end;
  }
  return bytes;
}

/**
 * Decodes a whole file; F32, F16 and BF16 become float32 in fresh memory. `bytes` may lie unaligned.
 * Throws SafetensorsError on malformed bytes and on other dtypes (naming tensor and dtype).
 */
export function decode(bytes: Uint8Array): {
  tensors: TensorMap;
  metadata: Readonly<Record<string, string>>;
} {
  const headerLength = parseHeaderLength(bytes, headerLimit, bytes.length);
  const header = parseHeader(bytes.subarray(lengthBytes, lengthBytes + headerLength), bytes.length);
  const tensors = new Map<string, Tensor>();
  for (const info of header.tensors) {
    assertDecodable(info);
    const data = floatsFromBytes(info.dtype, bytes.subarray(info.offset, info.offset + info.length));
    tensors.set(info.name, { shape: info.shape, data });
  }
  return { tensors, metadata: header.metadata };
}

/** Throws unless the tensor's dtype turns into float32. */
export function assertDecodable(
  info: TensorInfo,
): asserts info is TensorInfo & { readonly dtype: FloatDType } {
  if (isFloatDType(info.dtype)) return;
  const message = `tensor ${info.name} is ${info.dtype}; only F32, F16 and BF16 decode to float32`;
  throw new SafetensorsError('unsupported-dtype', message);
}

function plannedTensor(
  name: string,
  dtype: FloatDType,
  shape: readonly number[],
  data: Float32Array,
): PlannedTensor {
  if (tensorLength(name, dtype, shape) !== data.length * bytesPerElement(dtype)) {
    const message = `tensor ${name} of shape [${shape.join(', ')}] holds ${data.length} values`;
    throw new SafetensorsError('size-mismatch', message);
  }
  return { name, dtype, shape };
}
