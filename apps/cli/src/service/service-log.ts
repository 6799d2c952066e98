// What a service says, in its own folder: two files of bounded size, of which the older one goes when the newer is full. Systems' own
// logs would keep lines after the service is removed, and Windows' tasks have none.
import { appendFileSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Of one of the two files. */
const mostBytes = 1_000_000;

const newer = (folder: string) => join(folder, 'log');
const older = (folder: string) => join(folder, 'log.1');

/** Lines get the time before them, in UTC. What can't be written (a full disk) is not said: the daemon goes on. */
export function openServiceLog(folder: string, most = mostBytes): { write(text: string): void } {
  const path = newer(folder);
  let isLineBegun = false;
  return {
    write(text) {
      const lines = text.replaceAll(/^(?=.)/gm, (_, at: number) =>
        at === 0 && isLineBegun ? '' : `${new Date().toISOString()} `,
      );
      isLineBegun = !text.endsWith('\n');
      try {
        const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
        if (size > 0 && size + Buffer.byteLength(lines) > most) renameSync(path, older(folder));
        appendFileSync(path, lines, { mode: 0o600 });
      } catch {}
    },
  };
}

/** The last so many lines, older ones first; none where nothing was said yet. */
export async function lastLines(folder: string, count: number): Promise<string[]> {
  const texts = await Promise.all([older(folder), newer(folder)].map((path) => readFrom(path, () => 0)));
  const lines = texts
    .map(({ text }) => text)
    .join('')
    .split('\n');
  return lines.slice(0, -1).slice(-count);
}

/** What is said from now on, in the pieces in which it comes, after each `pause`; ends with what `pause` throws. */
export async function* followLog(folder: string, pause: () => Promise<void>): AsyncGenerator<string> {
  let place = await readFrom(newer(folder), () => Infinity);
  for (;;) {
    await pause();
    const { file, end } = place;
    const from = (one: number | null) => (one === file ? end : 0);
    const next = await readFrom(newer(folder), from);
    const hasTurned = next.file !== file && file !== null;
    const before = hasTurned ? await readFrom(older(folder), (one) => (one === file ? end : Infinity)) : null;
    const text = (before?.text ?? '') + next.text;
    if (text !== '') yield text;
    place = next;
  }
}

interface Piece {
  readonly text: string;
  /** Its number on the disk, by which it is known after it was renamed; null where there is none. */
  readonly file: number | null;
  readonly end: number;
}

/** From the byte that `from` names for the file that is there. */
async function readFrom(path: string, from: (file: number) => number): Promise<Piece> {
  const handle = await open(path, 'r').catch(() => null);
  if (handle === null) return { text: '', file: null, end: 0 };
  try {
    const { ino, size } = await handle.stat();
    const begin = Math.min(from(ino), size);
    const bytes = Buffer.alloc(size - begin);
    await handle.read(bytes, 0, bytes.length, begin);
    return { text: bytes.toString('utf8'), file: ino, end: size };
  } finally {
    await handle.close();
  }
}
