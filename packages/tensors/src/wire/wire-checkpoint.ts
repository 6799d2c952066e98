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
  const { dtype, byteLength } = wireEncodings[encoding];
  if (!packedEncodings.has(encoding))
    return encodeHeader(
      tensors.map(({ name, shape }) => ({ name, shape, dtype })),
      {},
    );
  const planned = tensors.map((tensor): PlannedTensor => {
    let bytes = 0;
    for (const { elements } of planPieces([tensor])) bytes += byteLength(elements)!;
    return { name: tensor.name, dtype, shape: [bytes] };
  });
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

/** Any checkpoint file, in whatever encoding it came, as float32. Throws SafetensorsError. */
export function decodeCheckpoint(bytes: Uint8Array): TensorMap {
  const { metadata } = readHeader(bytes);
  if (packedEncodingOf(metadata) === undefined) return decode(bytes).tensors;
  return decodeContribution(bytes, parseShapes(metadata[shapesKey])).tensors;
}

function parseShapes(text: string | undefined): Map<string, { shape: readonly number[] }> {
  const schema = new Map<string, { shape: readonly number[] }>();
  try {
    for (const [name, shape] of JSON.parse(text ?? '') as [string, number[]][]) {
      elementCount(shape);
      schema.set(name, { shape });
    }
    return schema;
  } catch {
    const message =
      'the metadata of a packed checkpoint must hold its tensors’ shapes, a JSON list of [name, shape]';
    throw new SafetensorsError('bad-shape', message);
  }
}
