// sha256 in lower-case hex: the name of everything that travels or is kept (checkpoints, contributions, base models).
// What is hashed while it flows is its reader's affair.
import { createHash } from 'node:crypto';

/** Of the parts one after the other; a string as UTF-8. */
export function sha256Hex(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
