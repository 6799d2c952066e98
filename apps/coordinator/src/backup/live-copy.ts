// A copy of the embedded database while its coordinator runs: that process alone may open it, so whoever wants one leaves a word in
// the data folder, and the coordinator, between two statements, copies the files beside. By files, since whoever may read them has
// the database anyway: no address is opened for it.
import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { StartError } from '../start-error.ts';

const wordOf = (id: string) => `backup-${id}.wanted`;
const copyOf = (id: string) => `backup-${id}`;
const faultOf = (id: string) => `backup-${id}.failed`;
const wanted = /^backup-([0-9a-f-]{36})\.wanted$/;

/** Runs its work while no statement is under way. */
type Alone = (work: () => Promise<void>) => Promise<void>;

const serveMs = 1_000;

/** For the coordinator: looks each second whether a copy is asked for. `alone`: undefined where the database isn't its own. */
export function createCopyServer(dataFolder: string, alone: Alone | undefined, log: Logger) {
  let timer: NodeJS.Timeout | undefined;
  let serving: Promise<void> | null = null;
  return {
    start(): void {
      if (alone === undefined) return;
      timer = setInterval(() => {
        serving ??= serveCopies(dataFolder, alone)
          .then((copies) => {
            if (copies > 0) log.info({ copies }, 'copied the database for a backup');
          })
          .catch((error: unknown) => log.warn({ err: error }, 'could not copy the database for a backup'))
          .finally(() => {
            serving = null;
          });
      }, serveMs);
      timer.unref();
    },
    async stop(): Promise<void> {
      clearInterval(timer);
      await serving;
    },
  };
}

/** Makes the copies that were asked for; returns how many were. */
async function serveCopies(dataFolder: string, alone: Alone): Promise<number> {
  const ids = (await readdir(dataFolder)).flatMap((name) => wanted.exec(name)?.[1] ?? []);
  for (const id of ids) {
    await rm(join(dataFolder, wordOf(id)));
    const part = join(dataFolder, `${copyOf(id)}.part`);
    try {
      const options = { recursive: true, mode: constants.COPYFILE_FICLONE };
      await alone(() => cp(join(dataFolder, 'database'), part, options));
      await rename(part, join(dataFolder, copyOf(id)));
    } catch (error) {
      await rm(part, { recursive: true, force: true });
      const why = error instanceof Error ? error.message : String(error);
      await writeFile(join(dataFolder, faultOf(id)), why, { mode: 0o600 });
    }
  }
  return ids.length;
}

const lookMs = 100;
/** A coordinator looks each second; one that does nothing for so long is of an earlier version, or hangs. */
const answerMs = 30_000;

/** For who wants one: the folder of the copy, to be removed by `remove`. `isRunning`: there is a coordinator still. */
export async function askForCopy(
  dataFolder: string,
  isRunning: () => boolean,
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const id = randomUUID();
  const at = (name: string) => join(dataFolder, name);
  const remove = async () => {
    for (const name of [wordOf(id), copyOf(id), faultOf(id)])
      await rm(at(name), { recursive: true, force: true });
  };
  const isThere = async (name: string) => (await stat(at(name)).catch(() => null)) !== null;
  try {
    await writeFile(at(wordOf(id)), '', { mode: 0o600, flag: 'wx' });
    const since = performance.now();
    while (!(await isThere(copyOf(id)))) {
      if (await isThere(faultOf(id)))
        throw new StartError(
          `the coordinator could not copy its database: ${await readFile(at(faultOf(id)), 'utf8')}`,
        );
      if (!isRunning()) throw new StartError('the coordinator ended meanwhile: run it again');
      const isUnheard = (await isThere(wordOf(id))) && performance.now() - since > answerMs;
      if (isUnheard)
        throw new StartError(
          `the coordinator of ${dataFolder} doesn't answer: is it of an earlier version? Stop it, and run it again`,
        );
      await sleep(lookMs);
    }
    return { folder: at(copyOf(id)), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
