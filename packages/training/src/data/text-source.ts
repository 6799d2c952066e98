// Text files as rows: one .txt or .md file, or all of a folder in the order of their paths. A file is one text; what
// it and the name of its folder are to a task is the kind's.
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Fields, SourceRow } from '../tasks/row-fields.ts';
import type { TextFile } from '../tasks/task.ts';
import { DataError } from '../training-error.ts';

/** A kind of task's. */
type FieldsOfText = (file: TextFile) => Fields;

const textFileEndings = ['.txt', '.md'];

export function isTextFile(path: string): boolean {
  return textFileEndings.some((ending) => path.toLowerCase().endsWith(ending));
}

/** `folder`: its text files and those of the folders in it; hidden ones are left out. */
export async function* textFolderRows(folder: string, fieldsOf: FieldsOfText): AsyncGenerator<SourceRow> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && isTextFile(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !isHidden(path.slice(folder.length)))
    .sort((a, b) => (a < b ? -1 : 1));
  if (files.length === 0) {
    throw new DataError(
      { file: folder },
      `this folder holds no text files (${textFileEndings.join(' or ')}); for tables name the file itself`,
    );
  }
  for (const file of files) yield await textRow(file, fieldsOf, folder);
}

/** `root`: the folder that was named, whose own name is no label. */
export async function textRow(file: string, fieldsOf: FieldsOfText, root: string): Promise<SourceRow> {
  const place = { file };
  const text = decode(await readFile(file), file);
  const folder = dirname(file);
  const isRoot = join(folder) === join(root);
  return { fields: fieldsOf({ text, folder: isRoot ? null : basename(folder), place }), place };
}

function decode(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError({ file }, 'is not text in UTF-8; convert it first');
  }
}

function isHidden(path: string): boolean {
  return path.split(/[\\/]/).some((part) => part.startsWith('.') && part.length > 1);
}
