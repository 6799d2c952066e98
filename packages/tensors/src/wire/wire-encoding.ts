// The one interface of the ways in which a range of float32 values travels. A range is at most 65,536 elements of one
// tensor and is whole in itself: it decodes without its neighbours.
// Not here: the encodings (a file each, named after it), their table (wire-encodings.ts), whole files (wire-file.ts).
import type { FloatDType } from '../dtype.ts';

export type WireEncodingName = 'f32' | 'f16' | 'bf16' | 'int8' | 'top-k';

export interface WireEncoding {
  readonly name: WireEncodingName;
  /**
   * Of its tensors in a file: of plain floats their own, of a packed encoding U8, whose file names the encoding in its
   * metadata.
   */
  readonly dtype: FloatDType | 'U8';
  /** Bytes of a range of so many elements, or null where only the bytes themselves tell (lengthFromPrefix). */
  byteLength(elements: number): number | null;
  /**
   * Bytes of a range, told by its first four; only asked where byteLength is null.
   * Throws SafetensorsError naming the tensor on a prefix that no range of so many elements has.
   */
  lengthFromPrefix(prefix: Uint8Array, elements: number, tensor: string): number;
  /**
   * Decodes one range into the whole of `out`; `bytes` may lie unaligned and must be exactly the range's. NaN and
   * infinite float values come out as they are, to be refused by who checks values. Throws SafetensorsError
   * 'bad-encoding' naming `tensor` on bytes that are no such range; `out` is then worth nothing.
   */
  decodeRange(bytes: Uint8Array, out: Float32Array, tensor: string): void;
  /**
   * The sum of squares of a range's values, where that is had without writing them out; finite exactly where all values
   * are. Throws like decodeRange.
   */
  sumOfSquares?(bytes: Uint8Array, elements: number, tensor: string): number;
  /**
   * Encodes one range of finite values. Values past the format's largest are sent as that. `uniform` draws from [0, 1)
   * and rounds stochastically where the encoding does so: x between two steps goes up with the probability that makes
   * the mean x; a constant 0.5 rounds to the nearest.
   */
  encodeRange(values: Float32Array, uniform: () => number): Uint8Array;
}
