// npm, run for an installation: the one that came with this Node where there is one, since Windows' npm is no program by itself.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type FullAnswer, runCommand } from '../terminal/run-command.ts';

/** Says nothing of its own accord: no news of itself, no audit, no scripts of packages. */
const quiet = ['--no-update-notifier', '--no-audit', '--no-fund', '--ignore-scripts'];

/** In `folder`, or this one. */
export async function runNpm(words: readonly string[], folder?: string): Promise<FullAnswer> {
  const beside = join(dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js');
  const program = existsSync(beside) ? ([process.execPath, beside] as const) : (['npm'] as const);
  return await runCommand([...program, ...words, ...quiet], folder);
}

/** Throws an Error with npm's own words where it fails. */
export async function npmOrThrow(words: readonly string[], folder?: string): Promise<string> {
  const { status, stdout, stderr } = await runNpm(words, folder);
  if (status === 0) return stdout;
  throw new Error(`npm ${words.join(' ')} failed: ${`${stderr}${stdout}`.trim() || `status ${status}`}`);
}
