// The dashboard as its build makes it, in the place where a coordinator of this tree finds it. For tests that look at it.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('../../apps/dashboard', import.meta.url));

/** Returns the folder of its files. */
export async function buildDashboard(): Promise<string> {
  const vite = createRequire(join(folder, 'package.json')).resolve('vite/package.json');
  await promisify(execFile)(process.execPath, [join(dirname(vite), 'bin', 'vite.js'), 'build', folder]);
  return join(folder, 'dist');
}
