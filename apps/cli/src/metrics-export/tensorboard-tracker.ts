// Curves for TensorBoard: DIR/<group> is the run of the group's rounds, DIR/<group>/<member> one for each member's figures. Each start
// writes new event files beside the old ones, which TensorBoard reads as one; what was written is read out of them.
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { namePattern } from '@colora/protocol/bounds/names';
import { withFile } from '@colora/protocol/failures/file-problem';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import { UsageError } from '../usage-error.ts';
import { fileVersionRecord, readScalars, scalarRecord } from './event-file.ts';
import {
  curveOf,
  type ExportedGroup,
  type LastSteps,
  noteStep,
  type Point,
  type Tracker,
} from './tracker.ts';

/** Tells a group from another one of its name; TensorBoard passes it over. */
const markFile = 'colora-group.txt';

/** Its calls throw UsageError where the folder is another group's, FileProblem. */
export function openTensorBoard(folder: string, group: ExportedGroup): Tracker {
  const root = join(folder, folderName(group.name));
  const files = new Map<string, string>();
  return {
    lastSteps: () =>
      withFile('write', root, async () => {
        makeFolder(root);
        await claimFolder(root, group);
        return await stepsIn(root);
      }),
    async write(points) {
      const byMember = new Map<string | null, Point[]>();
      for (const point of points) byMember.set(point.member, [...(byMember.get(point.member) ?? []), point]);
      for (const [member, own] of byMember) {
        const run = member === null ? root : join(root, folderName(member));
        const file = files.get(run) ?? (await newFile(run, own[0]!.at));
        files.set(run, file);
        const records = own.map(({ name, step, value, at }) =>
          scalarRecord({ tag: name, step, value, wallTime: at / 1000 }),
        );
        await withFile('write', file, () => appendFile(file, Buffer.concat(records)));
      }
    },
    close: async () => undefined,
  };
}

/** Whatever a coordinator says: no name leads out of its folder. */
function folderName(name: string): string {
  if (namePattern.test(name)) return name;
  throw new UsageError(
    'the coordinator tells of a name that no folder can have: export to another kind of tracker',
  );
}

async function claimFolder(root: string, { name, createdAt }: ExportedGroup): Promise<void> {
  const file = join(root, markFile);
  const text = `${name} ${createdAt}\n`;
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept === null) await writeFile(file, text);
  else if (kept !== text)
    throw new UsageError(`${root} holds the curves of an earlier group of that name: name another folder`);
}

async function newFile(run: string, at: number): Promise<string> {
  const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
  const file = join(run, `events.out.tfevents.${seconds}.colora.${process.pid}.${Date.now() % 1000}`);
  await withFile('write', file, async () => {
    makeFolder(dirname(file));
    await writeFile(file, fileVersionRecord(at / 1000), { flag: 'wx' });
  });
  return file;
}

async function stepsIn(root: string): Promise<LastSteps> {
  const steps: LastSteps = new Map();
  const entries = await readdir(root, { withFileTypes: true });
  const runs = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const member of [null, ...runs]) {
    const run = member === null ? root : join(root, member);
    const files = (await readdir(run)).filter((name) => name.startsWith('events.out.tfevents.'));
    for (const file of files)
      for (const { tag, step } of readScalars(await readFile(join(run, file))))
        noteStep(steps, curveOf({ member, name: tag }), step);
  }
  return steps;
}
