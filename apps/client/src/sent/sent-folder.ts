// Where the list of what left lies in a workspace: a file for each day (UTC), and the bodies that were kept. Days are counted up once
// they are past: questions and the socket's messages after a day, all else after three months, so that a daemon of years keeps a
// few hundred bytes of each old day, and its sums. A day's file is replaced as a whole or not at all.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withFile } from '@colora/protocol/failures/file-problem';
import { writeAtomic } from '../workspace/atomic-file.ts';
import { inTurn } from '../workspace/workspace-lock.ts';
import { countUp } from './count-up.ts';
import { lineText, readLines, type SentLines } from './sent-entry.ts';

/** No group's folder begins with a dot. */
export const sentFolder = (workspace: string) => join(workspace, '.sent');
export const bodiesFolder = (workspace: string) => join(sentFolder(workspace), 'bodies');

export const dayOf = (time: Date) => time.toISOString().slice(0, 10);
export const dayFile = (workspace: string, day: string) => join(sentFolder(workspace), `${day}.jsonl`);

const wholeDays = 2;
const detailedDays = 92;
const dayMs = 86_400_000;

/** The days of which there is a file, oldest first. */
async function daysOf(workspace: string): Promise<string[]> {
  const names = await readdir(sentFolder(workspace)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.flatMap((name) => /^(\d{4}-\d{2}-\d{2})\.jsonl$/.exec(name)?.[1] ?? []).sort();
}

/** All of it, oldest first. Throws FileProblem. */
export async function readSent(workspace: string): Promise<SentLines> {
  const days = await withFile('read', sentFolder(workspace), () => daysOf(workspace));
  const read = async (day: string) => {
    const path = dayFile(workspace, day);
    return readLines(await withFile('read', path, () => readFile(path, 'utf8')));
  };
  const lines: SentLines[] = [];
  for (const day of days) lines.push(await read(day));
  return {
    entries: lines.flatMap(({ entries }) => entries),
    counted: lines.flatMap(({ counted }) => counted),
    torn: lines.reduce((sum, { torn }) => sum + torn, 0),
  };
}

/** Counts old days up; several processes may ask for it at once. A line that says nothing is kept as it is. */
export async function foldOldDays(workspace: string, now: Date): Promise<void> {
  const before = (days: number) => dayOf(new Date(now.getTime() - days * dayMs));
  const old = (await daysOf(workspace)).filter((day) => day < before(wholeDays - 1));
  if (old.length === 0) return;
  await inTurn(join(sentFolder(workspace), '.folding'), new AbortController().signal, async () => {
    for (const day of old) await foldDay(dayFile(workspace, day), day < before(detailedDays));
  });
}

async function foldDay(path: string, wholly: boolean): Promise<void> {
  const text = await readFile(path, 'utf8');
  const { entries, counted, torn } = readLines(text);
  const isCounted = ({ sha256, kind }: { sha256: string | null; kind: string }) =>
    wholly || sha256 === null || kind === 'socket';
  const rest = entries.filter((entry) => !isCounted(entry));
  if (torn > 0 || rest.length === entries.length) return;
  const sums = countUp({ entries: entries.filter(isCounted), counted });
  await writeAtomic(path, [...sums, ...rest].map(lineText).join(''));
}
