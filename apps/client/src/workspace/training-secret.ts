// 32 random bytes of this member's workspace, from which the order of its batches and the rounding of what it sends are drawn:
// nobody else can train the same again and see by the result which examples it has. What is made of it is
// session/training-seeds.ts's; it is never sent.
import { randomBytes } from 'node:crypto';
import { ClientError } from '../client-error.ts';
import { writeAtomic } from './atomic-file.ts';
import { readIfThere } from './read-if-there.ts';

const length = 32;

/**
 * The workspace's secret, made where there is none yet and on the disk (0600) when this returns: killed at any instant later,
 * the same is used again. Call it under the folder's lock. Throws 'workspace-damaged' naming the file.
 */
export async function ownTrainingSecret(path: string): Promise<Uint8Array> {
  const kept = await readIfThere(path);
  if (kept === null) {
    const made = new Uint8Array(randomBytes(length));
    await writeAtomic(path, made, 0o600);
    return made;
  }
  if (kept.length === length) return new Uint8Array(kept);
  throw new ClientError(
    'workspace-damaged',
    `${path} is damaged: it doesn't hold ${length} bytes; move it away, and batches come in another order from then on`,
  );
}
