// The JSON file that `--json` of a long run names: whether it can be written is asked before the run, which may take hours.
import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { UsageError } from '../usage-error.ts';

/** Nothing is written yet. Throws UsageError where it is a folder, FileProblem. */
export async function checkFigurePlace(path: string): Promise<void> {
  const there = await stat(path).catch(() => null);
  if (there?.isDirectory()) throw new UsageError(`--json: ${path} is a folder; name a file`);
  await withFile('write', path, () => access(there === null ? dirname(path) : path, constants.W_OK), advice);
}

/** Throws FileProblem. */
export async function writeFigures(path: string, figures: object): Promise<void> {
  await withFile('write', path, () => writeFile(path, `${JSON.stringify(figures, null, 2)}\n`), advice);
}

const advice = '--json names it';
