// Half-precision numbers one at a time, as the scales inside of quantised blocks are stored. Whole arrays of them
// are the tensors package's part.
import { fromF16 } from '@colora/tensors/dtype';

let table: Float32Array | undefined;

/** Reader of the little-endian binary16 at a byte offset. */
export function halfReader(bytes: Uint8Array): (offset: number) => number {
  table ??= fromF16(Uint16Array.from({ length: 2 ** 16 }, (_, half) => half));
  const values = table;
  return (offset) => values[bytes[offset]! | (bytes[offset + 1]! << 8)]!;
}
