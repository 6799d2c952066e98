// Is it in anything that left? Searches the bodies that were kept, and says which weren't.
import { join } from 'node:path';
import { sha256Hex } from '@colora/protocol/sha256';
import { readIfThere } from '../../workspace/read-if-there.ts';
import type { SentEntry } from '../sent-entry.ts';
import { bodiesFolder, readSent } from '../sent-folder.ts';
import { needleFinder } from './find-needles.ts';
import type { Needle } from './needles.ts';
import { readingsOf } from './readings.ts';

export interface Found {
  readonly entry: SentEntry;
  /** What was found, in words. */
  readonly what: readonly string[];
  /** Encodings that had to be undone. */
  readonly undone: readonly string[];
}

export interface Searched {
  readonly found: readonly Found[];
  /** Sendings whose body was searched. */
  readonly searched: number;
  /** Sendings with a body that was not kept, or no longer. */
  readonly notKept: number;
  /** Sendings whose kept body is another one by now. */
  readonly damaged: number;
}

export async function searchBodies(workspace: string, needles: readonly Needle[]): Promise<Searched> {
  const { entries } = await readSent(workspace);
  const find = needleFinder(needles);
  const found: Found[] = [];
  let [searched, notKept, damaged] = [0, 0, 0];
  for (const entry of entries) {
    if (entry.sha256 === null || entry.bytes === 0) continue;
    const body = await keptBody(workspace, entry);
    if (body === 'not kept') notKept += 1;
    else if (body === 'damaged') damaged += 1;
    else {
      searched += 1;
      const known = new Set<string>();
      for (const { bytes, undone } of readingsOf(body)) {
        const what = find(bytes).flatMap(({ name }) => (known.has(name) ? [] : [name]));
        for (const name of what) known.add(name);
        if (what.length > 0) found.push({ entry, what, undone });
      }
    }
  }
  return { found, searched, notKept, damaged };
}

/** As much of it as left. */
async function keptBody(workspace: string, entry: SentEntry): Promise<Uint8Array | 'not kept' | 'damaged'> {
  if (entry.kept === undefined) return 'not kept';
  const name = entry.announced ?? entry.sha256!;
  const path = join(bodiesFolder(workspace), name);
  const body = await readIfThere(path);
  if (body === null) return 'not kept';
  if (entry.kept === 'blotted') return body;
  return sha256Hex(body) === name ? body.subarray(0, entry.bytes) : 'damaged';
}
