// Reads a contribution off a stream piece by piece: its header first, then the bytes of one piece at a time.
// Not here: the plan (wire-plan.ts), hashing, storage, what the values must be.
import { type ByteReader, byteReader } from '../safetensors/byte-reader.ts';
import { SafetensorsError } from '../safetensors/safetensors-error.ts';
import type { SafetensorsHeader } from '../safetensors/safetensors-header.ts';
import { type StreamLimits, take, takeHeader } from '../safetensors/safetensors-stream.ts';
import { joined } from '../tensor-bytes.ts';
import {
  type RangeBytes,
  type RangeMeter,
  rangeMeter,
  rangesOf,
  type WirePiece,
  type WireRange,
} from './wire-plan.ts';

export interface WireStream {
  readonly header: SafetensorsHeader;
  /** The first bytes of the file: the header's length and its JSON. */
  readonly headerBytes: Uint8Array;
  /** The pieces of a plan made from the header; to be iterated once. Leaving the loop early releases the source. */
  pieces(plan: readonly WirePiece[]): AsyncGenerator<CutPiece>;
  /** Releases the source of a stream whose pieces are not wanted. */
  close(): Promise<void>;
}

/** One piece, in memory of its own unless the stream was told where to put it. */
export interface CutPiece {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly ranges: readonly RangeBytes[];
}

/**
 * Reads the header; refuses what it alone can tell, and a promise above `limits`. A truncated stream, trailing bytes and
 * ranges that are none throw out of `pieces`, so what was read counts only once its loop has ended well.
 * Errors: SafetensorsError, and whatever `source` throws.
 */
export async function openWireStream(
  source: AsyncIterable<Uint8Array>,
  limits: StreamLimits & {
    /** Memory for a piece whose length is known; of its own unless told. */
    readonly allocate?: (length: number) => Uint8Array<ArrayBuffer>;
  },
): Promise<WireStream> {
  const reader = byteReader(source);
  try {
    const { header, bytes } = await takeHeader(reader, limits);
    const pieces = (plan: readonly WirePiece[]) =>
      cutPieces(reader, plan, header.totalLength, limits.allocate);
    return { header, headerBytes: bytes, pieces, close: reader.close };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function* cutPieces(
  reader: ByteReader,
  plan: readonly WirePiece[],
  totalLength: number,
  allocate?: (length: number) => Uint8Array<ArrayBuffer>,
): AsyncGenerator<CutPiece> {
  const measured = rangeMeter();
  try {
    for (const piece of plan) {
      const bytes = await takePiece(reader, piece, measured, allocate);
      yield { index: piece.index, bytes, ranges: rangesOf(piece, bytes) };
    }
    if (!(await reader.atEnd())) {
      throw new SafetensorsError('trailing-bytes', `the stream goes on after its ${totalLength} bytes`);
    }
  } finally {
    await reader.close();
  }
}

async function takePiece(
  reader: ByteReader,
  piece: WirePiece,
  measured: RangeMeter,
  allocate?: (length: number) => Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  if (piece.byteLength !== null) {
    return await take(reader, piece.byteLength, whatIs(piece.ranges[0]!), allocate);
  }
  const parts: Uint8Array[] = [];
  for (const range of piece.ranges) {
    const prefix = await take(reader, 4, whatIs(range));
    const length = measured(range, prefix);
    parts.push(prefix, await take(reader, length - 4, whatIs(range)));
  }
  return joined(parts);
}

const whatIs = ({ name }: WireRange) => `tensor ${name}`;
