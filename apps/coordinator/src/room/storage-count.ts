// The count of what is stored, kept for half a minute: REST, metrics and pages ask for it, and it reads every chunk's length.
import type { Storage } from '@colora/protocol/storage/storage';

export interface StorageCount {
  /** At most `keptMs` old; who asks while it is counted waits for the same count. */
  read(): Promise<Storage>;
}

const keptMs = 30_000;

export function createStorageCount(count: () => Promise<Storage>): StorageCount {
  let kept: Promise<Storage> | null = null;
  let until = 0;
  return {
    read() {
      if (kept !== null && performance.now() < until) return kept;
      until = Number.POSITIVE_INFINITY;
      const counting = count();
      kept = counting;
      counting.then(
        () => {
          until = performance.now() + keptMs;
        },
        () => {
          kept = null; // whoever asks next tries again
        },
      );
      return counting;
    },
  };
}
