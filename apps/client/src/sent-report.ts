// What left this machine, for `colora sent`: the list of a workspace, its sums, and what is found in the bodies that were kept.
import { readFile } from 'node:fs/promises';
import { withFile } from '@colora/protocol/failures/file-problem';
import { countUp } from './sent/count-up.ts';
import { needlesOfFile, needlesOfText } from './sent/search/needles.ts';
import { type Searched, searchBodies } from './sent/search/search-bodies.ts';
import type { Counted, SentEntry } from './sent/sent-entry.ts';
import { readSent } from './sent/sent-folder.ts';

export interface SentReport {
  /** By kind and destination, days that were counted up among them. */
  readonly totals: readonly Counted[];
  /** Oldest first, without what was counted up. */
  readonly entries: readonly SentEntry[];
  /** Lines that say nothing. */
  readonly torn: number;
}

/** Throws FileProblem. */
export async function reportSent(workspace: string): Promise<SentReport> {
  const lines = await readSent(workspace);
  return { totals: countUp(lines), entries: lines.entries, torn: lines.torn };
}

export interface FoundInSent extends Searched {
  /** Parts of the file too short to be looked for. */
  readonly tooShort: number;
}

export async function findText(workspace: string, text: string): Promise<FoundInSent> {
  const { needles, tooShort } = needlesOfText(text);
  return { ...(await searchBodies(workspace, needles)), tooShort };
}

/** Throws FileProblem where the file can't be read. */
export async function findFile(workspace: string, path: string): Promise<FoundInSent> {
  const { needles, tooShort } = needlesOfFile(await withFile('read', path, () => readFile(path)));
  return { ...(await searchBodies(workspace, needles)), tooShort };
}
