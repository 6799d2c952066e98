// What a daemon's trainer is at, beside the rest of its group: work.json, for whoever asks how far it is from another terminal.
// Written every few seconds while something lasts and never for what is done at once; gone when the daemon is.
import { rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { WorkProgress } from '../work/watch-work.ts';
import { readIfThere } from './read-if-there.ts';

const workSchema = z.object({
  /** When it was told. */
  toldAt: z.iso.datetime(),
  kind: z.literal('working'),
  what: z.string(),
  round: z.int().nullable(),
  step: z.int().nullable(),
  steps: z.int().nullable(),
  seconds: z.number(),
  secondsLeft: z.number().nullable(),
  stepSecondsLeft: z.number().nullable(),
});
export type ToldWork = z.infer<typeof workSchema>;

const everyMs = 5_000;
/** Older than this it tells of a daemon that is gone, or that has nothing to do any more. */
const freshMs = 3 * everyMs;

export interface WorkFile {
  tell(progress: WorkProgress): void;
  close(): Promise<void>;
}

export function openWorkFile(path: string): WorkFile {
  let last = performance.now();
  let writing: Promise<void> = Promise.resolve();
  const write = async (told: ToldWork) => {
    await writeFile(`${path}.draft`, JSON.stringify(told), { mode: 0o600 }); // nobody needs it after a crash
    await rename(`${path}.draft`, path);
  };
  return {
    tell(progress) {
      if (progress.kind !== 'working' || performance.now() - last < everyMs) return;
      last = performance.now();
      const told = { toldAt: new Date().toISOString(), ...progress };
      writing = writing.then(() => write(told)).catch(() => undefined); // a full disk stops no training
    },
    async close() {
      await writing;
      for (const left of [path, `${path}.draft`]) await rm(left, { force: true }).catch(() => undefined);
    },
  };
}

/** As of now; null where nothing lasts, or nobody is there to tell of it. */
export async function readWork(path: string, now = Date.now()): Promise<ToldWork | null> {
  const bytes = await readIfThere(path);
  const told = bytes === null ? undefined : workSchema.safeParse(jsonOf(bytes.toString())).data;
  if (told === undefined) return null;
  const age = now - Date.parse(told.toldAt);
  if (age < 0 || age > freshMs) return null;
  const later = (left: number | null) => (left === null ? null : Math.max(0, left - age / 1000));
  const { seconds, secondsLeft, stepSecondsLeft } = told;
  return {
    ...told,
    seconds: seconds + age / 1000,
    secondsLeft: later(secondsLeft),
    stepSecondsLeft: later(stepSecondsLeft),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
