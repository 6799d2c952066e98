// Reads a safetensors stream (an upload, a stored blob) tensor by tensor: one tensor in memory at a time.
// Not here: the format's rules (safetensors.ts), storage, hashing.

import type { FloatDType } from '../dtype.ts';
import { floatsInPlace } from '../tensor-bytes.ts';
import { type ByteReader, byteReader } from './byte-reader.ts';
import { assertDecodable } from './safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import {
  headerLimit,
  lengthBytes,
  parseHeader,
  parseHeaderLength,
  type SafetensorsHeader,
  type TensorInfo,
} from './safetensors-header.ts';
import { uninitialised } from './uninitialised.ts';

export interface StreamLimits {
  /** Of the whole stream; checked against the header's promise before any value is read. */
  readonly maxBytes: number;
  /** Of the header's JSON; the format's limit unless told. */
  readonly maxHeaderBytes?: number;
}

interface StreamedTensor {
  readonly info: TensorInfo;
  /** The tensor's values, row-major, in memory of its own. */
  readonly data: Float32Array;
}

interface SafetensorsStream {
  readonly header: SafetensorsHeader;
  /** In the order of their bytes; to be iterated once. Leaving the loop early releases the source. */
  readonly tensors: AsyncIterable<StreamedTensor>;
}

/**
 * Reads the header, then hands out the tensors while the stream flows. All that the header alone can tell (names,
 * shapes, offsets, dtypes that don't decode, a length above `limits`) is refused before the promise resolves;
 * a truncated stream and trailing bytes throw out of `tensors`, so results count only once its loop has ended well.
 * Errors: SafetensorsError, and whatever `source` throws.
 */
export async function readSafetensors(
  source: AsyncIterable<Uint8Array>,
  limits: StreamLimits,
): Promise<SafetensorsStream> {
  const reader = byteReader(source);
  try {
    const header = await readHeader(reader, limits);
    return { header, tensors: streamTensors(reader, header) };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function readHeader(reader: ByteReader, limits: StreamLimits): Promise<SafetensorsHeader> {
  const { header } = await takeHeader(reader, limits);
  for (const info of header.tensors) assertDecodable(info);
  return header;
}

/** Takes length and JSON off the reader; tensors of any dtype pass. `bytes` are the file's up to its data. */
export async function takeHeader(
  reader: ByteReader,
  limits: StreamLimits,
): Promise<{ header: SafetensorsHeader; bytes: Uint8Array }> {
  const headerRoom = Math.max(0, limits.maxBytes - lengthBytes);
  const lengthField = await take(reader, lengthBytes, 'the length of its header');
  const length = parseHeaderLength(lengthField, Math.min(limits.maxHeaderBytes ?? headerLimit, headerRoom));
  const json = await take(reader, length, 'its header');
  const header = parseHeader(json);
  if (header.totalLength > limits.maxBytes) {
    const message = `the tensors need ${header.totalLength} bytes, the limit is ${limits.maxBytes}`;
    throw new SafetensorsError('too-large', message);
  }
  const bytes = new Uint8Array(lengthBytes + length);
  bytes.set(lengthField);
  bytes.set(json, lengthBytes);
  return { header, bytes };
}

async function* streamTensors(reader: ByteReader, header: SafetensorsHeader): AsyncGenerator<StreamedTensor> {
  try {
    for (const info of header.tensors) {
      const bytes = await take(reader, info.length, `tensor ${info.name}`);
      yield { info, data: floatsInPlace(info.dtype as FloatDType, bytes) };
    }
    if (!(await reader.atEnd())) {
      throw new SafetensorsError(
        'trailing-bytes',
        `the stream goes on after its ${header.totalLength} bytes`,
      );
    }
  } finally {
    await reader.close();
  }
}

/** Exactly so many bytes, in memory of their own unless `allocate` gives other; throws SafetensorsError 'truncated', saying inside of what. */
export async function take(
  reader: ByteReader,
  length: number,
  what: string,
  allocate: (length: number) => Uint8Array<ArrayBuffer> = uninitialised,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = allocate(length);
  const filled = await reader.fill(bytes);
  if (filled < length) {
    const message = `the stream ended inside ${what}: ${filled} of ${length} bytes came`;
    throw new SafetensorsError('truncated', message);
  }
  return bytes;
}
