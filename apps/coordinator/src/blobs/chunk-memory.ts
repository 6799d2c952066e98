// Memory for chunks on their way into the database, used again and again: fresh memory for every chunk of every upload
// has the garbage collector stop everything tens of times for a gigabyte. Which chunks they are is not known here.
import { uninitialised } from '@colora/tensors/safetensors/uninitialised';
import type { TakeMemory } from './chunk-storage.ts';

/** One upload's share: taken chunk by chunk, given back when they are written. */
export interface BorrowedMemory {
  /** So many bytes of any content. */
  readonly take: (length: number) => Uint8Array<ArrayBuffer>;
  /** All that was taken may be used by others now. What is never given back is left to the garbage collector. */
  readonly giveBack: () => void;
}

/** Of a chunk in float32; larger ones get memory of their own. */
const blockBytes = 4 * 65_536;
const keptBlocks = 64;

export function createChunkMemory(): { borrow(): BorrowedMemory } {
  const free: Uint8Array<ArrayBuffer>[] = [];
  return {
    borrow() {
      let taken: Uint8Array<ArrayBuffer>[] = [];
      return {
        take(length) {
          if (length > blockBytes) return uninitialised(length);
          const block = free.pop() ?? uninitialised(blockBytes);
          taken.push(block);
          return block.subarray(0, length);
        },
        giveBack() {
          for (const block of taken) if (free.length < keptBlocks) free.push(block);
          taken = [];
        },
      };
    },
  };
}

/** The same memory each time, as long as it is long enough. */
export function reusedMemory(): TakeMemory {
  let memory = new Uint8Array(0);
  return (length) => {
    if (memory.length < length) memory = uninitialised(length);
    return memory.subarray(0, length);
  };
}
