// Text files as rows: one .txt or .md file, or all of a folder in the order of their paths. A file is one text;
// its label, where the task has labels, is the name of the folder it lies in.
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from '../training-error.ts';
import type { ReadableTask } from './example.ts';
import type { SourceRow } from './example-fields.ts';

export const textFileEndings = ['.txt', '.md'];

export function isTextFile(path: string): boolean {
  return textFileEndings.some((ending) => path.toLowerCase().endsWith(ending));
}

/** `folder`: its text files and those of the folders in it; hidden ones are left out. */
export async function* textFolderRows(folder: string, task: ReadableTask): AsyncGenerator<SourceRow> {
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
  for (const file of files) yield await textRow(file, task, folder);
}

/** `root`: the folder that was named, whose own name is no label. */
export async function textRow(file: string, task: ReadableTask, root: string): Promise<SourceRow> {
  const place = { file };
  const text = decode(await readFile(file), file);
  if (task.kind === 'causal-lm') return { fields: { text }, place };
  if (task.kind === 'token-classification') {
    throw new DataError(
      place,
      'text files have no tags; token classification needs {"tokens": […], "tags": […]} a line of a .jsonl file',
    );
  }
  const folder = dirname(file);
  if (join(folder) === join(root)) {
    throw new DataError(
      place,
      'has no label; put it in a folder named after its label, such as good/1.txt in the folder you name',
    );
  }
  return { fields: { text, label: basename(folder) }, place };
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
