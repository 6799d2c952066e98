// The whole numbers that a round's training came to, before any mask: kept while masked rounds may ask for them, since every attempt
// at a round masks the very same ones. Never sent, and in no folder from which anything is.
import { sha256Hex } from '@colora/protocol/sha256';
import { writeAtomic } from '../atomic-file.ts';
import { readIfThere } from '../read-if-there.ts';

/** Durable when it returns: the sha256 of its bytes (32 bits each, little end first). */
export async function keepVector(path: string, vector: Int32Array): Promise<string> {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [at, value] of vector.entries()) bytes.writeInt32LE(value, 4 * at);
  await writeAtomic(path, bytes);
  return sha256Hex(bytes);
}

/** Null where it isn't the one of that sha256: a later round's, or damaged. */
export async function readVector(path: string, sha256: string): Promise<Int32Array | null> {
  const bytes = await readIfThere(path);
  if (bytes === null || sha256Hex(bytes) !== sha256) return null;
  return Int32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(4 * at));
}
