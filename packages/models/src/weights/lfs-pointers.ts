// A model's folder that was cloned without Git LFS: pointers lie where its large files should.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isLfsPointer, lfsPointerWords, longestPointer } from '@colora/protocol/failures/lfs-pointer';
import { ModelError } from '../model-error.ts';

const mayBeLarge = /\.(json|safetensors|jinja)$/;

/** Throws ModelError `missing-file` naming the files of `present` that are pointers only. */
export async function assertFetched(folder: string, present: Iterable<string>): Promise<void> {
  const pointers: string[] = [];
  for (const name of present)
    if (mayBeLarge.test(name) && (await isPointer(join(folder, name)))) pointers.push(name);
  if (pointers.length === 0) return;
  const others = pointers.length === 1 ? '' : ` (so are ${pointers.slice(1).join(', ')})`;
  throw new ModelError('missing-file', `${join(folder, pointers[0]!)} ${lfsPointerWords}${others}`);
}

/** A name that leads nowhere is another one's to tell. */
export async function isPointer(path: string): Promise<boolean> {
  const size = await stat(path).then(
    (found) => found.size,
    () => Number.POSITIVE_INFINITY,
  );
  return size <= longestPointer && isLfsPointer(await readFile(path));
}
