// The files of a folder from which weights are copied as they are stored: each opened once.
import { join } from 'node:path';
import { openSafetensors, type SafetensorsFile } from '@colora/tensors/safetensors/safetensors-file';
import type { WeightEntry } from '../weights/weight-files.ts';

export interface StoredFiles {
  /** In memory of their own. Throws SafetensorsError, or the file system's error. */
  bytesOf(weight: Pick<WeightEntry, 'file' | 'storedName'>): Promise<Uint8Array>;
  close(): Promise<void>;
}

export function storedFiles(folder: string): StoredFiles {
  const opened = new Map<string, SafetensorsFile>();
  return {
    async bytesOf({ file, storedName }) {
      const source = opened.get(file) ?? (await openSafetensors(join(folder, file)));
      opened.set(file, source);
      return source.readBytes(storedName);
    },
    async close() {
      for (const source of opened.values()) await source.close();
    },
  };
}
