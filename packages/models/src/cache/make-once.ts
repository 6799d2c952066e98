// What takes long to make and is kept for all processes of a user: while one makes it, others that want it wait and hear how far
// it is. Only time depends on that: what is made appears whole (whole-file.ts), so two that make it at a time do no harm, and a
// maker that tells nothing any more is not waited for.
import { writeFileSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeFolder } from '@colora/protocol/failures/make-folder';

/** How much of how much is done. */
export type OnShare = (done: number, of: number) => void;

export interface MadeOnce {
  /** Its folder is made where it isn't there. A file beside it says how far its maker is. */
  readonly path: string;
  isThere(): Promise<boolean>;
  /** Writes it under another name first: its own, a dot, and something that ends with `.part`. */
  make(tell: OnShare): Promise<void>;
  /** What its maker tells, be it another process, and at last that all is done. What it throws ends the making or the waiting. */
  readonly onShare: OnShare;
}

const beatMs = 500;
const askMs = 250;
const silentAsks = 20; // counted, since clocks jump where a laptop sleeps
const orphanMs = 60 * 60_000;

/** Returns when it is there. Throws what `make` and `onShare` throw. */
export async function makeOnce(wanted: MadeOnce): Promise<void> {
  const said = `${wanted.path}.making`;
  while (!(await wanted.isThere())) {
    makeFolder(dirname(said));
    const isMine = await claimed(said);
    if (isMine || (await fallsSilent(said, wanted))) return makeSaying(said, wanted);
  }
}

/** Whether nobody else makes it; where that can't be written down either, and making it will tell why. */
async function claimed(said: string): Promise<boolean> {
  try {
    await writeFile(said, '', { flag: 'wx' });
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EEXIST';
  }
}

/** Waits for another maker: false once that one has ended, however it ended. */
async function fallsSilent(said: string, { isThere, onShare }: MadeOnce): Promise<boolean> {
  let last = '';
  let of = 0;
  for (let asks = 0; asks < silentAsks; asks += 1) {
    await delay(askMs);
    if (await isThere()) {
      if (of > 0) onShare(of, of);
      return false;
    }
    const now = await readFile(said, 'utf8').catch(({ code }) => (code === 'ENOENT' ? null : ''));
    if (now === null) return false;
    if (now === last) continue;
    [last, asks] = [now, 0];
    const [, done, all] = /^\d+ (\d{1,15}) (\d{1,15})$/.exec(now) ?? [];
    if (done === undefined) continue; // it has only begun
    of = Number(all);
    onShare(Number(done), of);
  }
  return true;
}

async function makeSaying(said: string, { path, isThere, make, onShare }: MadeOnce): Promise<void> {
  let share = '';
  let beats = 0;
  const beat = setInterval(() => {
    beats += 1;
    try {
      writeFileSync(said, `${beats}${share}`);
    } catch {} // others make it too then
  }, beatMs);
  try {
    if (await isThere()) return; // since it was looked for
    await removeOrphans(path).catch(() => undefined); // they may be another user's
    await make((done, of) => {
      share = ` ${done} ${of}`;
      onShare(done, of);
    });
  } finally {
    clearInterval(beat);
    await rm(said, { force: true }).catch(() => undefined);
  }
}

/** What makers left that were killed; a live one has said so, and nobody else comes here. */
async function removeOrphans(path: string): Promise<void> {
  const folder = dirname(path);
  for (const name of await readdir(folder)) {
    if (!(name.startsWith(`${basename(path)}.`) && name.endsWith('.part'))) continue;
    const part = join(folder, name);
    const { mtimeMs } = await stat(part).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > orphanMs) await rm(part, { recursive: true, force: true });
  }
}
