// The people's examples as the files that `colora compare` and `colora join` read: <group>/<person>.jsonl to train on
// and <group>/test.jsonl, held out.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Group, Line } from './people.ts';

const jsonLines = (lines: readonly Line[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

export async function writeFolder(folder: string, groups: readonly Group[]): Promise<void> {
  for (const { name, people, heldOut } of groups) {
    await mkdir(join(folder, name), { recursive: true });
    for (const [person, lines] of people) {
      await writeFile(join(folder, name, `${person}.jsonl`), jsonLines(lines));
    }
    await writeFile(join(folder, name, 'test.jsonl'), jsonLines(heldOut));
  }
}
