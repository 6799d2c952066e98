// Where the pieces of a contribution lie in its bytes: from the checkpoint's plan and the contribution's header alone,
// so that a stream of bytes can be cut at piece boundaries while it flows, and a stored piece found its ranges.
// Not here: reading the stream (wire-stream.ts), the bytes of a range (<name>.ts).
import { isFloatDType } from '../dtype.ts';
import { type NamedShape, type Piece, type PieceRange, pieceElements } from '../pieces.ts';
import { SafetensorsError } from '../safetensors/safetensors-error.ts';
import type { SafetensorsHeader, TensorInfo } from '../safetensors/safetensors-header.ts';
import { sumOfSquares } from '../sum-of-squares.ts';
import { elementCount, sameShape } from '../tensor.ts';
import type { WireEncoding } from './wire-encoding.ts';
import { encodingOfDType, packedEncodings } from './wire-encodings.ts';
import { badEncoding } from './wire-error.ts';

/** A range as one contribution sends it. */
export interface WireRange extends PieceRange {
  readonly encoding: WireEncoding;
  /** Null where its first four bytes tell (encoding.lengthFromPrefix). */
  readonly byteLength: number | null;
  /** Bytes of the tensor's ranges from here on, up to which this one's may go: all of them where it is the last. */
  readonly tensorBytes: number;
  readonly last: boolean;
}

/** What a contribution holds of one of the checkpoint's pieces. */
export interface WirePiece {
  /** Of the piece in the checkpoint's plan; pieces of which a contribution holds nothing are absent. */
  readonly index: number;
  readonly ranges: readonly WireRange[];
  /** Of all its ranges; null where one of them is null. */
  readonly byteLength: number | null;
}

/** The bytes of one range. */
export interface RangeBytes {
  readonly range: WireRange;
  readonly bytes: Uint8Array;
}

/** The metadata key that names a packed encoding; without it a file's dtypes are its encoding. */
export const encodingKey = 'encoding';

/**
 * The pieces in the order in which their bytes follow the header. `checkpoint` and `pieces` (planPieces of it) are in the
 * order of the checkpoint's bytes, which the contribution keeps. Throws SafetensorsError: `unknown-tensor`, `wrong-shape`
 * and `tensor-order` against the checkpoint; `unknown-encoding`, `unsupported-dtype` and `size-mismatch`.
 */
export function planContribution(
  checkpoint: readonly NamedShape[],
  pieces: readonly Piece[],
  header: Pick<SafetensorsHeader, 'tensors' | 'metadata'>,
): WirePiece[] {
  const packed = packedEncodingOf(header.metadata);
  assertOrder(checkpoint, header.tensors);
  const shapes = new Map(checkpoint.map(({ name, shape }) => [name, shape]));
  const sent = new Map<string, SentTensor>();
  for (const info of header.tensors) {
    const encoding = packed ?? plainEncodingOf(info);
    assertShape(info, shapes.get(info.name)!, packed !== undefined);
    sent.set(info.name, { encoding, left: info.length });
  }
  const planned: WirePiece[] = [];
  for (const [index, piece] of pieces.entries()) {
    const ranges = piece.ranges.flatMap((range) => planRange(range, sent.get(range.name), shapes));
    if (ranges.length > 0) planned.push({ index, ranges, byteLength: totalLength(ranges) });
  }
  return planned;
}

interface SentTensor {
  readonly encoding: WireEncoding;
  /** Bytes not yet given to a range; of unknown ranges, their upper bound. */
  left: number;
}

function planRange(
  range: PieceRange,
  tensor: SentTensor | undefined,
  shapes: ReadonlyMap<string, readonly number[]>,
): WireRange[] {
  if (tensor === undefined) return [];
  const { encoding, left } = tensor;
  const byteLength = encoding.byteLength(range.to - range.from);
  const last = range.to === elementCount(shapes.get(range.name)!);
  if (byteLength !== null && (last ? left !== byteLength : left < byteLength)) {
    throw new SafetensorsError(
      'size-mismatch',
      `tensor ${range.name} doesn't have the bytes that its ${encoding.name} ranges need`,
    );
  }
  if (byteLength !== null) tensor.left -= byteLength;
  return [{ ...range, encoding, byteLength, tensorBytes: left, last }];
}

function totalLength(ranges: readonly WireRange[]): number | null {
  let total = 0;
  for (const { byteLength } of ranges) {
    if (byteLength === null) return null;
    total += byteLength;
  }
  return total;
}

/** The packed encoding that the metadata names, or undefined: then each tensor's dtype tells. */
export function packedEncodingOf(metadata: Readonly<Record<string, string>>): WireEncoding | undefined {
  if (!Object.hasOwn(metadata, encodingKey)) return undefined;
  const name = metadata[encodingKey] ?? '';
  const encoding = packedEncodings.get(name);
  if (encoding !== undefined) return encoding;
  const known = [...packedEncodings.keys()].join(' and ');
  throw new SafetensorsError(
    'unknown-encoding',
    `the metadata's encoding is ${JSON.stringify(name.slice(0, 100))}; known are ${known}, and none for plain floats`,
  );
}

function plainEncodingOf({ name, dtype }: TensorInfo): WireEncoding {
  if (isFloatDType(dtype)) return encodingOfDType[dtype];
  const message = `tensor ${name} is ${dtype}; plain contributions are F32, F16 or BF16, packed ones name their encoding in the metadata`;
  throw new SafetensorsError('unsupported-dtype', message);
}

function assertShape(
  { name, dtype, shape, length }: TensorInfo,
  expected: readonly number[],
  packed: boolean,
) {
  if (packed) {
    if (dtype !== 'U8' || shape.length !== 1) {
      throw new SafetensorsError(
        'unsupported-dtype',
        `tensor ${name} of a packed file must be U8 of shape [bytes]`,
      );
    }
    if (length > 0 && elementCount(expected) === 0) throw badEncoding(name, 'it has no elements, and bytes');
    return;
  }
  if (sameShape(shape, expected)) return;
  const message = `${name} has the shape [${shape.join(', ')}], the checkpoint's has [${expected.join(', ')}]`;
  throw new SafetensorsError('wrong-shape', message);
}

/** Throws unless `sent` is a subsequence of the checkpoint's tensors. Those without bytes stand nowhere in particular. */
function assertOrder(checkpoint: readonly NamedShape[], sent: readonly TensorInfo[]): void {
  const places = new Map(checkpoint.map(({ name }, place) => [name, place]));
  let before = { place: -1, name: '' };
  for (const { name, length } of sent) {
    const place = places.get(name);
    if (place === undefined) {
      const message = `the checkpoint has no tensor ${JSON.stringify(name.slice(0, 100))}`;
      throw new SafetensorsError('unknown-tensor', message);
    }
    if (length === 0) continue;
    if (place < before.place) {
      const message = `tensor ${name} comes after ${before.name}: write the tensors in the order of the checkpoint's bytes`;
      throw new SafetensorsError('tensor-order', message);
    }
    before = { place, name };
  }
}

/**
 * The ranges of one whole piece, as views into `bytes` (a stored chunk). Throws SafetensorsError 'bad-encoding'
 * naming the tensor where the bytes are not the piece's.
 */
export function rangesOf(piece: WirePiece, bytes: Uint8Array): RangeBytes[] {
  let at = 0;
  const found = piece.ranges.map((range) => {
    const length = range.byteLength ?? lengthAt(range, bytes.subarray(at, at + 4));
    if (at + length > bytes.length) throw badEncoding(range.name, 'its piece ends inside of a range');
    at += length;
    return { range, bytes: bytes.subarray(at - length, at) };
  });
  if (at !== bytes.length)
    throw badEncoding(piece.ranges.at(-1)!.name, 'its piece goes on after its last range');
  return found;
}

function lengthAt({ name, from, to, byteLength, encoding }: WireRange, prefix: Uint8Array): number {
  return byteLength ?? encoding.lengthFromPrefix(prefix, to - from, name);
}

/** The length of a range out of the first four of its bytes. */
export type RangeMeter = (range: WireRange, prefix: Uint8Array) => number;

/**
 * Measures the ranges of one contribution in their order. Throws SafetensorsError 'bad-encoding' where those of a tensor
 * don't take exactly the tensor's bytes: the next tensor's would be read as its own.
 */
export function rangeMeter(): RangeMeter {
  const left = new Map<string, number>();
  return (range, prefix) => {
    const length = lengthAt(range, prefix);
    const rest = (left.get(range.name) ?? range.tensorBytes) - length;
    if (rest < 0) throw badEncoding(range.name, 'its ranges claim more bytes than it has');
    if (range.last && rest > 0) throw badEncoding(range.name, 'it goes on after its last range');
    left.set(range.name, rest);
    return length;
  };
}

/**
 * The sum of squares of a range's values in float64; finite exactly where all of them are. Throws SafetensorsError
 * 'bad-encoding' on bytes that are no such range.
 */
export function rangeSquares(part: RangeBytes): number {
  const { name, from, to, encoding } = part.range;
  const elements = to - from;
  if (encoding.sumOfSquares !== undefined) return encoding.sumOfSquares(part.bytes, elements, name);
  const values = scratch.subarray(0, elements);
  decodeRange(part, values);
  return sumOfSquares(values);
}

/** As many elements as a range may have; read before anything else can run. */
const scratch = new Float32Array(pieceElements);

/** Decodes one range into `out`, which is exactly as long as the range. */
export function decodeRange({ range, bytes }: RangeBytes, out: Float32Array): void {
  range.encoding.decodeRange(bytes, out, range.name);
}
