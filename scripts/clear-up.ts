// `clear-up.ts <process group> <folder>`: waits for the end of its standard input, then kills what is left of the group and
// removes the folder. A process of its own, so that it also does so when the one that started it is killed.
import { rmSync } from 'node:fs';

const [group, folder] = process.argv.slice(2);
process.stdin.resume().on('end', () => {
  try {
    process.kill(-Number(group), 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // nothing is left
  }
  rmSync(folder!, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }); // the killed may still write
});
