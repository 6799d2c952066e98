// Curves as a CSV file, a row a point, which grows at its end. Groups may share a file.
import { appendFile, readFile, truncate } from 'node:fs/promises';
import { withFile } from '@colora/protocol/failures/file-problem';
import { UsageError } from '../usage-error.ts';
import {
  curveOf,
  type ExportedGroup,
  type LastSteps,
  noteStep,
  type Point,
  type Tracker,
} from './tracker.ts';

const head = 'group,created,member,name,checkpoint,value,at\n';

/** Its calls throw UsageError where the file holds something else, FileProblem. */
export function openCsv(file: string, { name: group, createdAt }: ExportedGroup): Tracker {
  return {
    async lastSteps() {
      const steps: LastSteps = new Map();
      for (const row of await wholeRows(file)) {
        const [ofGroup, created, member, name, step] = row.split(',');
        if (ofGroup !== group || created !== createdAt || name === undefined) continue;
        noteStep(steps, curveOf({ member: member || null, name }), Number(step));
      }
      return steps;
    },
    write: (points) => withFile('write', file, () => appendFile(file, points.map(rowOf).join(''))),
    close: async () => undefined,
  };

  function rowOf({ member, name, step, value, at }: Point): string {
    const cells = [group, createdAt, member ?? '', name, step, value, new Date(at).toISOString()];
    return `${cells.map((cell) => String(cell).replace(/[",\r\n]/g, '_')).join(',')}\n`;
  }
}

/** What a cut export left of its last row is taken away; a new file gets its head. */
async function wholeRows(file: string): Promise<string[]> {
  return await withFile('write', file, async () => {
    const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    const end = bytes.lastIndexOf('\n') + 1;
    const text = bytes.toString('utf8', 0, end);
    const isOurs = end === 0 ? head.startsWith(bytes.toString('utf8')) : text.startsWith(head);
    if (!isOurs)
      throw new UsageError(
        `${file} holds something else: name a new file, or one that was written so before`,
      );
    if (end < bytes.length) await truncate(file, end);
    if (end === 0) await appendFile(file, head);
    return text.split('\n').slice(1, -1);
  });
}
