// Text files as rows: one .txt or .md file, or all of a folder in the order of their paths. A file is one text; what
// it and the name of its folder are to a task is the kind's. What is hidden, and links, are visible-entries.ts.
import { createReadStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fields, SourceRow } from '../rows/row-fields.ts';
import type { TextFile } from '../tasks/task.ts';
import { DataError } from '../training-error.ts';
import { wholeText } from './text-bytes.ts';
import { inOrder, visibleEntries } from './visible-entries.ts';

/** A kind of task's. */
type FieldsOfText = (file: TextFile) => Fields;

/** Of the path that was named: what lies between, in the order of the folders. */
interface FoundText {
  readonly path: string;
  readonly below: readonly string[];
}

const textFileEndings = ['.txt', '.md'];

export function isTextFile(path: string): boolean {
  return textFileEndings.some((ending) => path.toLowerCase().endsWith(ending));
}

/** `folder`: its text files and those of the folders in it, in the same order whatever way it was named. */
export async function* textFolderRows(folder: string, fieldsOf: FieldsOfText): AsyncGenerator<SourceRow> {
  const files = await textsBelow(folder, [], [await realpath(folder)]);
  if (files.length === 0) {
    throw new DataError(
      { file: folder },
      `this folder holds no text files (${textFileEndings.join(' or ')}); for tables name the file itself`,
    );
  }
  files.sort((a, b) => inOrder(a.below.join('/'), b.below.join('/')));
  for (const { path, below } of files) yield await textRow(path, fieldsOf, below.at(-2) ?? null);
}

/** `folder`: the name of the folder it lies in, null for the very one that was named (or of which nothing is known). */
export async function textRow(
  file: string,
  fieldsOf: FieldsOfText,
  folder: string | null,
): Promise<SourceRow> {
  const place = { file };
  const text = await wholeText(createReadStream(file), file);
  return { fields: fieldsOf({ text, folder, place }), place };
}

/** `around`: the real paths of the folders that one is in; a link back to any of them is not followed. */
async function textsBelow(
  folder: string,
  below: readonly string[],
  around: readonly string[],
): Promise<FoundText[]> {
  const found: FoundText[] = [];
  for (const { name, kind } of await visibleEntries(folder)) {
    const path = join(folder, name);
    const here = [...below, name];
    if (kind === 'file' && isTextFile(name)) found.push({ path, below: here });
    if (kind !== 'folder') continue;
    const real = await realpath(path);
    if (!around.includes(real)) found.push(...(await textsBelow(path, here, [...around, real])));
  }
  return found;
}
