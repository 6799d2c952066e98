// The key by which an admin vouches for members, in a file on her own machine: made at first use, and never told to a coordinator.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { makePrivateKey, openSigner, type Signer } from '@colora/protocol/proofs/signatures';
import { UsageError } from '../../usage-error.ts';

export interface VouchKey extends Signer {
  /** The file wasn't there before. */
  readonly isNew: boolean;
}

/** Throws UsageError where the file holds something else, FileProblem where it can't be read or made. */
export async function openVouchKey(path: string): Promise<VouchKey> {
  const isNew = await makeIfMissing(path);
  const signer = openSigner((await withFile('read', path, () => readFile(path, 'utf8'))).trim());
  if (signer !== null) return { ...signer, isNew };
  throw new UsageError(
    `${path} holds no key that vouches: name another file with --vouch-key, which is made`,
  );
}

async function makeIfMissing(path: string): Promise<boolean> {
  return await withFile('write', path, async () => {
    makeFolder(dirname(path), 0o700);
    try {
      await writeFile(path, `${makePrivateKey()}\n`, { flag: 'wx', mode: 0o600, flush: true });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  });
}
