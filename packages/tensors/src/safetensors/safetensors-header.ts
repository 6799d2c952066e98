// The header of a safetensors file (https://huggingface.co/docs/safetensors): eight bytes of length, then JSON. Read
// and written. Parsing admits exactly what the format allows: every byte of the data belongs to one tensor, in one way.
// Not here: the tensors' bytes.
import { bytesPerElement, type DType, dtypes, isDType } from '../dtype.ts';
import { elementCount } from '../tensor.ts';
import { findDuplicateKey } from './duplicate-keys.ts';
import { SafetensorsError } from './safetensors-error.ts';

/** Bytes of the little-endian length before the JSON. */
export const lengthBytes = 8;
/** The format's own limit for the JSON. */
export const headerLimit = 100_000_000;

export interface TensorInfo {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: readonly TensorInfo[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the tensors' bytes begin in the file. */
  readonly dataStart: number;
  /** Bytes of the whole file. */
  readonly totalLength: number;
}

/** The header's length out of a file's first eight bytes; `limit` and `fileLength` bound it. */
export function parseHeaderLength(bytes: Uint8Array, limit: number, fileLength?: number): number {
  if (bytes.length < lengthBytes) {
    throw new SafetensorsError('truncated', `a safetensors file begins with ${lengthBytes} bytes of length`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
  const length = Number(view.getBigUint64(0, true));
  if (length < 2)
    throw new SafetensorsError('header-length', `the header's length is ${length}: no JSON object fits`);
  const allowed = Math.min(limit, headerLimit);
  if (length > allowed) {
    throw new SafetensorsError(
      'header-length',
      `the header's length is ${length}, above the limit of ${allowed} bytes`,
    );
  }
  if (fileLength !== undefined && length > fileLength - lengthBytes) {
    const message = `the header's length is ${length}, but the file has only ${fileLength} bytes`;
    throw new SafetensorsError('header-length', message);
  }
  return length;
}

/**
 * Parses the header's JSON bytes (without the eight bytes of length before them).
 * Throws SafetensorsError on whatever the format forbids; with `fileLength`, also on a file of another length.
 */
export function parseHeader(headerJsonBytes: Uint8Array, fileLength?: number): SafetensorsHeader {
  const entries = parseEntries(headerJsonBytes);
  const dataStart = lengthBytes + headerJsonBytes.length;
  const tensors: TensorInfo[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of entries) {
    if (name === '__metadata__') metadata = parseMetadata(entry);
    else tensors.push(parseTensorInfo(name, entry, dataStart));
  }
  tensors.sort((a, b) => a.offset - b.offset || a.length - b.length || (a.name < b.name ? -1 : 1));
  const totalLength = assertContiguous(tensors, dataStart);
  if (fileLength !== undefined) assertFileLength(totalLength, fileLength);
  return { tensors, metadata, dataStart, totalLength };
}

/** Throws unless the file is exactly as long as its header says. */
function assertFileLength(totalLength: number, fileLength: number): void {
  if (fileLength < totalLength) {
    const message = `the file has ${fileLength} bytes, its header promises ${totalLength}: it is cut off`;
    throw new SafetensorsError('truncated', message);
  }
  if (fileLength > totalLength) {
    const message = `the file has ${fileLength} bytes, its header accounts for ${totalLength}`;
    throw new SafetensorsError('trailing-bytes', message);
  }
}

function parseEntries(bytes: Uint8Array): [string, unknown][] {
  if (bytes.length > headerLimit) {
    throw new SafetensorsError('header-length', `the header is longer than ${headerLimit} bytes`);
  }
  let json: string;
  try {
    json = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SafetensorsError('header-encoding', 'the header is not UTF-8', { cause });
  }
  if (!json.startsWith('{')) throw new SafetensorsError('header-json', 'the header must begin with {');
  let parsed: object;
  try {
    parsed = JSON.parse(json) as object;
  } catch {
    throw new SafetensorsError('header-json', 'the header is not JSON'); // no cause: it would quote the header
  }
  const repeated = findDuplicateKey(json);
  if (repeated !== undefined) {
    throw new SafetensorsError('duplicate-name', `the header holds ${shown(repeated)} twice`);
  }
  return Object.entries(parsed);
}

function parseMetadata(entry: unknown): Record<string, string> {
  if (!isObject(entry)) throw new SafetensorsError('bad-entry', '__metadata__ must be an object of texts');
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== 'string') {
      throw new SafetensorsError('bad-entry', `__metadata__ must hold texts, and ${shown(key)} is none`);
    }
  }
  return entry as Record<string, string>;
}

function parseTensorInfo(name: string, entry: unknown, dataStart: number): TensorInfo {
  assertName(name);
  if (!isObject(entry))
    throw new SafetensorsError('bad-entry', `the entry of ${shown(name)} must be an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDType(dtype)) {
    const known = `known are ${dtypes.join(', ')}`;
    throw new SafetensorsError('unknown-dtype', `${shown(name)} has no known dtype; ${known}`);
  }
  const length = tensorLength(name, dtype, shape);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isNatural)) {
    throw new SafetensorsError(
      'bad-offsets',
      `${shown(name)} needs data_offsets: two integers of at least 0`,
    );
  }
  const [begin, end] = offsets as [number, number];
  if (end < begin)
    throw new SafetensorsError('bad-offsets', `${shown(name)} ends at ${end}, before its begin ${begin}`);
  if (end - begin !== length) {
    const message = `${shown(name)} spans ${end - begin} bytes, its shape and dtype need ${length}`;
    throw new SafetensorsError('size-mismatch', message);
  }
  return { name, dtype, shape: shape as number[], offset: dataStart + begin, length };
}

/** Bytes that shape x dtype need; throws on a bad shape and on an overflow. */
export function tensorLength(name: string, dtype: DType, shape: unknown): number {
  if (!Array.isArray(shape) || !shape.every(isNatural)) {
    throw new SafetensorsError('bad-shape', `${shown(name)} needs a shape: a list of integers of at least 0`);
  }
  let count: number;
  try {
    count = elementCount(shape as number[]);
  } catch (cause) {
    throw new SafetensorsError('bad-shape', `${shown(name)} has a shape of more elements than can be`, {
      cause,
    });
  }
  const length = count * bytesPerElement(dtype);
  if (!Number.isSafeInteger(length)) {
    throw new SafetensorsError(
      'bad-shape',
      `${shown(name)} has a shape that ${dtype} can't fill with whole bytes`,
    );
  }
  return length;
}

/** Checks that the tensors, sorted, cover the data without gap or overlap; returns the file's length. */
function assertContiguous(tensors: readonly TensorInfo[], dataStart: number): number {
  let end = dataStart;
  for (const { name, offset, length } of tensors) {
    if (offset < end)
      throw new SafetensorsError('bad-offsets', `${shown(name)} overlaps the tensor before it`);
    if (offset > end) throw new SafetensorsError('bad-offsets', `there is a gap before ${shown(name)}`);
    end = offset + length;
  }
  if (!Number.isSafeInteger(end)) throw new SafetensorsError('bad-offsets', 'the file would pass 2^53 bytes');
  return end;
}

/** A name that may stand in a file: not the metadata's, and with a UTF-8 form. */
function assertName(name: string): void {
  if (name === '__metadata__') throw new SafetensorsError('bad-name', 'no tensor may be called __metadata__');
  if (/\p{Surrogate}/u.test(name)) {
    throw new SafetensorsError('bad-name', `the name ${shown(name)} holds half a surrogate pair`);
  }
}

/** A name for a message: quoted, and cut where somebody sent a novel. */
function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNatural(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && !Object.is(value, -0);
}

/** What a header says of a tensor that is still to be written. */
export type PlannedTensor = Pick<TensorInfo, 'name' | 'dtype' | 'shape'>;

/** Length and JSON, with offsets counted in the order given; assembled as text, since objects reorder some keys. */
export function encodeHeader(
  tensors: readonly PlannedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  const fields = Object.keys(metadata).length > 0 ? [`"__metadata__":${encodeMetadata(metadata)}`] : [];
  let begin = 0;
  for (const { name, dtype, shape } of tensors) {
    assertName(name);
    const length = tensorLength(name, dtype, shape);
    const entry = `{"dtype":"${dtype}","shape":${JSON.stringify(shape)},"data_offsets":[${begin},${begin + length}]}`;
    fields.push(`${JSON.stringify(name)}:${entry}`);
    begin += length;
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const padded = Math.ceil(json.length / 8) * 8; // so that the data are aligned in the file
  if (padded > headerLimit)
    throw new SafetensorsError('header-length', `the header would pass ${headerLimit} bytes`);
  const header = new Uint8Array(lengthBytes + padded).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(padded), true);
  header.set(json, lengthBytes);
  return header;
}

function encodeMetadata(metadata: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}
