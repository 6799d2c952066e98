// `clear-up.ts <process group> <folder>`: waits for the end of its standard input, then kills what is left of the group, unmounts
// what it mounted in the folder and removes that. A process of its own, so that it also does so when the one that started it is killed.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';

const [group, folder] = process.argv.slice(2);
process.stdin.resume().on('end', () => {
  try {
    process.kill(-Number(group), 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // nothing is left
  }
  for (const place of mountedBelow(folder!)) spawnSync('umount', ['-l', place]);
  rmSync(folder!, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }); // the killed may still write
});

/** Small file systems of tests that fill one; the innermost first. */
function mountedBelow(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  const places = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  return places.filter((place) => place.startsWith(`${folder}/`)).reverse();
}
