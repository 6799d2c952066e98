// How many bytes of checkpoints and contributions a member lets pass in a day (UTC), counted in traffic.json of the group's folder, so that a daemon
// that starts again goes on with what was used. A transfer begins on a day that has room for the whole of it; what broke off counts too.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { sleep } from '../abortable.ts';
import { ClientError } from '../client-error.ts';
import { writeAtomic } from '../workspace/atomic-file.ts';

export interface DailyBytes {
  /** Waits for a day that has room for so many. Throws ClientError 'excessive' where no day has. */
  roomFor(bytes: number, what: string, signal: AbortSignal): Promise<void>;
  /** So many passed. */
  used(bytes: number): Promise<void>;
}

const usedSchema = z.object({ day: z.iso.date(), bytes: z.number().min(0) });
type Used = z.infer<typeof usedSchema>;

const dayMs = 24 * 3600 * 1000;
const dayOf = (now: Date) => now.toISOString().slice(0, 10);

/** `tell` hears why it waits. */
export function openDailyBytes(
  path: string,
  most: number,
  tell: (why: string) => void,
  clock: () => Date = () => new Date(),
): DailyBytes {
  let used = readUsed(path);
  const today = (): Used => {
    const day = dayOf(clock());
    if (used.day !== day) used = { day, bytes: 0 };
    return used;
  };
  return {
    async roomFor(bytes, what, signal) {
      if (bytes > most)
        throw new ClientError(
          'excessive',
          `${what} has ${bytes} bytes, and --max-bytes-per-day allows ${most} a day`,
        );
      while (today().bytes + bytes > most) {
        tell(
          `tomorrow (UTC): ${today().bytes} of the ${most} bytes a day are used, and ${what} has ${bytes}`,
        );
        await sleep((dayMs - (clock().getTime() % dayMs)) / 1000 + 1, signal);
      }
    },
    async used(bytes) {
      used = { ...today(), bytes: today().bytes + bytes };
      await writeAtomic(path, `${JSON.stringify(used)}\n`);
    },
  };
}

/** A damaged note counts as nothing used; the next bytes renew it. */
function readUsed(path: string): Used {
  try {
    return usedSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return { day: '1970-01-01', bytes: 0 };
  }
}
