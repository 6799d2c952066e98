// A checkpoint as it is sent to members: in the group's download encoding, rounded to the nearest so that equal tensors
// give equal bytes, made piece by piece, and readable by itself: a packed file holds the shapes its reader can't know.
// Not here: contributions, which are read beside the checkpoint they were made at (wire-file.ts).
import type { NamedShape, Piece } from '../pieces.ts';
import { planPieces } from '../pieces.ts';
import { decode } from '../safetensors/safetensors.ts';
import { SafetensorsError } from '../safetensors/safetensors-error.ts';
import { encodeHeader, type PlannedTensor } from '../safetensors/safetensors-header.ts';
import { elementCount, type TensorMap } from '../tensor.ts';
import { joined } from '../tensor-bytes.ts';
import type { WireEncodingName } from './wire-encoding.ts';
import { packedEncodings, wireEncodings } from './wire-encodings.ts';
import { decodeContribution, readHeader } from './wire-file.ts';
import { encodingKey, packedEncodingOf } from './wire-plan.ts';

export type DownloadEncoding = Exclude<WireEncodingName, 'top-k'>;

/** The metadata key of a packed checkpoint's shapes: JSON, a list of [name, shape]. */
const shapesKey = 'shapes';
const nearest = () => 0.5;

/** The first bytes of the file, from names and shapes alone, in the order of the tensors given. */
export function checkpointHeader(encoding: DownloadEncoding, tensors: readonly NamedShape[]): Uint8Array {
  const { dtype } = wireEncodings[encoding];
  if (!packedEncodings.has(encoding))
    return encodeHeader(
      tensors.map(({ name, shape }) => ({ name, shape, dtype })),
      {},
    );
  const planned = tensors.map(
    (tensor): PlannedTensor => ({ name: tensor.name, dtype, shape: [bytesOfTensor(encoding, tensor)] }),
  );
  const shapes = JSON.stringify(tensors.map(({ name, shape }) => [name, shape]));
  return encodeHeader(planned, { [encodingKey]: encoding, [shapesKey]: shapes });
}

/** The bytes of one piece (pieces.ts), whose ranges' values follow each other in `values`. */
export function encodePiece(encoding: DownloadEncoding, piece: Piece, values: Float32Array): Uint8Array {
  let at = 0;
  const ranges = piece.ranges.map(({ from, to }) => {
    at += to - from;
    return wireEncodings[encoding].encodeRange(values.subarray(at - (to - from), at), nearest);
  });
  return joined(ranges);
}

/** The most bytes that a file of these tensors has, in whatever order they come. */
export function mostCheckpointBytes(encoding: DownloadEncoding, tensors: readonly NamedShape[]): number {
  const offsets = 2 * String(Number.MAX_SAFE_INTEGER).length; // digits, which the order decides
  const header = checkpointHeader(encoding, tensors).length + tensors.length * offsets;
  return tensors.reduce((total, tensor) => total + bytesOfTensor(encoding, tensor), header);
}

function bytesOfTensor(encoding: DownloadEncoding, tensor: NamedShape): number {
  const { byteLength } = wireEncodings[encoding];
  return planPieces([tensor]).reduce((total, { elements }) => total + byteLength(elements)!, 0);
}

/**
 * Any checkpoint file, in whatever encoding it came, as float32: at most four bytes for each of its own, whatever it says of
 * itself. Throws SafetensorsError.
 */
export function decodeCheckpoint(bytes: Uint8Array): TensorMap {
  const { metadata } = readHeader(bytes);
  const encoding = packedEncodingOf(metadata);
  if (encoding === undefined) return decode(bytes).tensors;
  if (encoding.byteLength(1) === null) {
    const message = `a checkpoint is never ${encoding.name}: its bytes would not tell how large it becomes`;
    throw new SafetensorsError('unknown-encoding', message);
  }
  return decodeContribution(bytes, parseShapes(metadata[shapesKey], bytes.length)).tensors;
}

/** Of no more elements than the file has bytes: each takes one at least. */
function parseShapes(
  text: string | undefined,
  mostElements: number,
): Map<string, { shape: readonly number[] }> {
  const schema = new Map<string, { shape: readonly number[] }>();
  let left = mostElements;
  try {
    for (const [name, shape] of JSON.parse(text ?? '') as [string, number[]][]) {
      left -= elementCount(shape);
      schema.set(name, { shape });
    }
  } catch {
    const message =
      'the metadata of a packed checkpoint must hold its tensors’ shapes, a JSON list of [name, shape]';
    throw new SafetensorsError('bad-shape', message);
  }
  if (left >= 0) return schema;
  throw new SafetensorsError(
    'bad-shape',
    'the shapes of a packed checkpoint have more elements than it has bytes',
  );
}
