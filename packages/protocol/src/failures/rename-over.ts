// Renaming a file over another that something may hold open for a moment: on Windows a virus scanner or an indexer that
// looks at what was just written, a mount elsewhere. It lets go again; only who holds on to it is told.
import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Of Windows alone: elsewhere they say that it is not allowed, now or later. */
const sharing = process.platform === 'win32' ? ['EPERM', 'EACCES'] : [];
const passing = new Set(['EBUSY', ...sharing]);
const patienceMs = 3_000;

/** As rename; throws its error where it lasts for seconds. */
export async function renameOver(from: string, to: string): Promise<void> {
  const until = performance.now() + patienceMs;
  for (let waitMs = 10; ; waitMs = Math.min(2 * waitMs, 500)) {
    try {
      return await rename(from, to);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!passing.has(code) || performance.now() + waitMs > until) throw error;
    }
    await sleep(waitMs);
  }
}
