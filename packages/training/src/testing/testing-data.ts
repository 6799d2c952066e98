// Files of examples for tests of reading, really written to a disk, and what is expected of reading them.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { readExamples } from '../data/data.ts';
import type { ReadableTask } from '../tasks/tasks.ts';

/** Stands in what is refused, and in no message. */
export const secret = 'my secret diary';

export interface DataFolder {
  readonly folder: string;
  /** Writes a file, and folders around it, and gives its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

/** A folder of its own, gone after the tests of the file. */
export async function dataFolder(): Promise<DataFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'colora-data-'));
  after(() => rm(folder, { recursive: true }));
  return {
    folder,
    async write(name, content) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      return path;
    },
  };
}

export async function examplesOf(path: string, task: ReadableTask) {
  return (await readExamples(path, task)).examples;
}

/** Rejects with a DataError whose message starts with the place and tells nothing private. */
export async function refuses(
  path: string,
  task: ReadableTask,
  place: string,
  problem: RegExp,
): Promise<void> {
  await assert.rejects(examplesOf(path, task), (error: Error) => {
    assert.equal(error.name, 'DataError');
    assert.ok(error.message.startsWith(`${place}: `), error.message);
    assert.match(error.message, problem);
    assert.ok(!error.message.includes('secret'), error.message);
    return true;
  });
}
