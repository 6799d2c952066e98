// A checkpoint as it is sent to members: in the group's download encoding, rounded to the nearest so that equal tensors
// give equal bytes, and readable by itself: a packed file holds the shapes that its reader can't know.
// Not here: contributions, which are read beside the checkpoint they were made at (wire-file.ts).
import { decode, SafetensorsError } from './safetensors.ts';
import { elementCount, type TensorMap } from './tensor.ts';
import type { WireEncodingName } from './wire-encoding.ts';
import { decodeContribution, encodeWire, readHeader } from './wire-file.ts';
import { packedEncodingOf } from './wire-plan.ts';

export type DownloadEncoding = Exclude<WireEncodingName, 'top-k'>;

/** The metadata key of a packed checkpoint's shapes: JSON, an object of them by name. */
const shapesKey = 'shapes';

/** F32 gives safetensors.ts's `encode`, to the byte. Throws SafetensorsError on what that can't hold. */
export function encodeCheckpointFor(encoding: DownloadEncoding, tensors: TensorMap): Uint8Array {
  if (encoding !== 'int8') return encodeWire(tensors, { encoding });
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = sorted.map(([name, { shape }]) => `${JSON.stringify(name)}:${JSON.stringify(shape)}`);
  return encodeWire(tensors, { encoding, metadata: { [shapesKey]: `{${pairs.join(',')}}` } });
}

/** Any checkpoint file, in whatever encoding it came, as float32. Throws SafetensorsError. */
export function decodeCheckpoint(bytes: Uint8Array): TensorMap {
  const { tensors, metadata } = readHeader(bytes);
  if (packedEncodingOf(metadata) === undefined) return decode(bytes).tensors;
  const shapes = parseShapes(metadata[shapesKey]);
  const schema = new Map(tensors.map(({ name }) => [name, { shape: shapeOf(shapes, name) }]));
  return decodeContribution(bytes, schema).tensors;
}

function parseShapes(text: string | undefined): Map<string, unknown> {
  try {
    return new Map(Object.entries(JSON.parse(text ?? '') as object));
  } catch {
    throw new SafetensorsError(
      'bad-entry',
      'the metadata of a packed checkpoint must hold its shapes as JSON',
    );
  }
}

function shapeOf(shapes: ReadonlyMap<string, unknown>, name: string): readonly number[] {
  const shape = shapes.get(name);
  try {
    if (Array.isArray(shape) && elementCount(shape) >= 0) return shape as number[];
  } catch {
    // said below
  }
  throw new SafetensorsError('bad-shape', `the metadata holds no shape of tensor ${name}`);
}
