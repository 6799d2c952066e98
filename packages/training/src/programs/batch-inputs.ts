// The texts of encoded examples as the numbers that a program takes: ids and mask, padded. Not here: what shapes there
// are (batches.ts), the answers (of each kind of task), the trained tensors' inputs (parameter-inputs.ts).
import type { Inputs } from '../engines/engine.ts';
import type { EncodedExample } from '../tasks/encoded-example.ts';

/** ids int32 [B, T] and mask [B, T] of `size` >= examples.length rows; rows without an example repeat the last one. */
export function textInputs(examples: readonly EncodedExample[], size: number, tokens: number): Inputs {
  const ids = new Int32Array(size * tokens);
  const mask = new Float32Array(size * tokens);
  for (let row = 0; row < size; row += 1) {
    const { ids: own } = rowOf(examples, row);
    const length = Math.min(own.length, tokens);
    for (let i = 0; i < length; i += 1) ids[row * tokens + i] = own[i]!;
    mask.fill(1, row * tokens, row * tokens + length);
  }
  return { ids, mask };
}

/** The keys of the rows that textInputs makes. */
export function rowKeys(examples: readonly EncodedExample[], size: number): string[] {
  return Array.from({ length: size }, (_, row) => rowOf(examples, row).key);
}

function rowOf(examples: readonly EncodedExample[], row: number): EncodedExample {
  return examples[Math.min(row, examples.length - 1)]!;
}
