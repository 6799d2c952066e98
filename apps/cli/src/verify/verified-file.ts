// A file whose bytes are what its name says: nothing else of a source is believed.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FoundFile } from './proof-source.ts';

export type VerifiedFile = FoundFile | { readonly fault: string };

/** `what`: the file in words. */
export async function openVerified(
  found: Promise<FoundFile>,
  { sha256, what }: { readonly sha256: string; readonly what: string },
): Promise<VerifiedFile> {
  const file = await found;
  if ('why' in file) return { why: `${what}: ${file.why}` };
  const hash = createHash('sha256');
  for await (const part of createReadStream(file.path)) hash.update(part as Uint8Array);
  if (hash.digest('hex') === sha256) return file;
  return { fault: `the bytes of ${what} are not those that the manifest names` };
}
