// Whole files in a wire encoding: tensors into a safetensors file's bytes and back, everything in memory.
// Not here: streams (wire-stream.ts), what an encoding loses being sent later (the client's).
import { finiteValues } from '../arithmetic.ts';
import { planPieces } from '../pieces.ts';
import { decode } from '../safetensors/safetensors.ts';
import { SafetensorsError } from '../safetensors/safetensors-error.ts';
import {
  encodeHeader,
  headerLimit,
  lengthBytes,
  type PlannedTensor,
  parseHeader,
  parseHeaderLength,
  type SafetensorsHeader,
} from '../safetensors/safetensors-header.ts';
import { type Tensor, type TensorMap, zeros } from '../tensor.ts';
import { joined } from '../tensor-bytes.ts';
import { keepLargest } from './top-values.ts';
import type { WireEncodingName } from './wire-encoding.ts';
import { packedEncodings, wireEncodings } from './wire-encodings.ts';
import { encodingKey, packedEncodingOf, planContribution, rangeMeter } from './wire-plan.ts';

export interface EncodeWireOptions {
  readonly encoding: WireEncodingName;
  /** The share of each tensor's values that top-k sends, the largest ones; the others ignore it. */
  readonly keep?: number;
  /** Draws from [0, 1) for stochastic rounding; left out, int8 rounds to the nearest. */
  readonly uniform?: () => number;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Names in the order of the file's bytes, where that isn't the sorted one: of a checkpoint that got tensors later. */
  readonly order?: readonly string[];
}

const nearest = () => 0.5;

/**
 * Encodes a map; names are sorted as in safetensors.ts's `encode`, whose very bytes f32 gives. The header of a packed
 * encoding names it, and its tensors are U8: the reader knows the shapes.
 * Throws SafetensorsError as `encode`, and 'bad-encoding' on NaN or infinity in any encoding but f32.
 */
export function encodeWire(tensors: TensorMap, options: EncodeWireOptions): Uint8Array {
  const { encoding, keep = 1, uniform = nearest } = options;
  const sorted = inOrder(tensors, options.order);
  const packed = packedEncodings.has(encoding);
  const planned: PlannedTensor[] = [];
  const parts: Uint8Array[] = [];
  for (const [name, tensor] of sorted) {
    if (encoding !== 'f32') assertFinite(name, tensor.data);
    const data = encoding === 'top-k' ? keepLargest(tensor.data, keep) : tensor.data;
    const ranges = encodeTensor(name, { shape: tensor.shape, data }, encoding, uniform);
    const bytes = ranges.reduce((sum, { length }) => sum + length, 0);
    planned.push({ name, dtype: wireEncodings[encoding].dtype, shape: packed ? [bytes] : tensor.shape });
    parts.push(...ranges);
  }
  const named = packed ? { ...options.metadata, [encodingKey]: encoding } : options.metadata;
  return joined([encodeHeader(planned, named ?? {}), ...parts]);
}

/** By `order`, names that it lacks behind the others; else and among those, sorted. */
export function inOrder(tensors: TensorMap, order: readonly string[] = []): [string, Tensor][] {
  const places = new Map(order.map((name, place) => [name, place]));
  const placeOf = (name: string) => places.get(name) ?? order.length;
  return [...tensors].sort(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1));
}

function encodeTensor(
  name: string,
  { shape, data }: Tensor,
  encoding: WireEncodingName,
  uniform: () => number,
): Uint8Array[] {
  const ranges = planPieces([{ name, shape }]).flatMap((piece) => piece.ranges);
  if ((ranges.at(-1)?.to ?? 0) !== data.length) {
    const message = `tensor ${name} of shape [${shape.join(', ')}] holds ${data.length} values`;
    throw new SafetensorsError('size-mismatch', message);
  }
  return ranges.map(({ from, to }) => wireEncodings[encoding].encodeRange(data.subarray(from, to), uniform));
}

function assertFinite(name: string, data: Float32Array): void {
  if (finiteValues(data)) return;
  throw new SafetensorsError('bad-encoding', `tensor ${name} holds NaN or infinite values`);
}

/** Names and shapes of the checkpoint a file belongs to, in the order of its bytes. */
export type WireSchema = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/**
 * Decodes a whole contribution into fresh memory, whatever its encoding. A packed one takes its shapes from `schema`;
 * a plain one says its own, which are not compared with the schema's. Throws SafetensorsError.
 */
export function decodeContribution(
  bytes: Uint8Array,
  schema: WireSchema,
): { tensors: TensorMap; metadata: Readonly<Record<string, string>> } {
  const header = readHeader(bytes);
  if (packedEncodingOf(header.metadata) === undefined) return decode(bytes);
  const checkpoint = [...schema].map(([name, { shape }]) => ({ name, shape }));
  const tensors = new Map<string, Tensor>();
  const plan = planContribution(checkpoint, planPieces(checkpoint), header);
  for (const { name } of header.tensors) tensors.set(name, zeros(schema.get(name)!.shape));
  const measured = rangeMeter();
  let at = header.dataStart;
  for (const range of plan.flatMap((piece) => piece.ranges)) {
    const length = measured(range, bytes.subarray(at, at + 4));
    const out = tensors.get(range.name)!.data.subarray(range.from, range.to);
    range.encoding.decodeRange(bytes.subarray(at, at + length), out, range.name);
    at += length;
  }
  return { tensors, metadata: header.metadata };
}

/** The header of a whole file in memory. */
export function readHeader(bytes: Uint8Array): SafetensorsHeader {
  const headerLength = parseHeaderLength(bytes, headerLimit, bytes.length);
  return parseHeader(bytes.subarray(lengthBytes, lengthBytes + headerLength), bytes.length);
}
