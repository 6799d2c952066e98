// Starts one client daemon a person, each a process of its own with its own data files and workspace,
// and waits until all have ended. What they learned stays with them; the coordinator is asked elsewhere.
import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seedOfPerson } from '@colora/client/session/training-seeds';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import type { Person } from '../experiment/person.ts';

const launcher = fileURLToPath(new URL('../../bin/colora.js', import.meta.url));

export interface DaemonsRequest {
  readonly url: string;
  readonly people: readonly Person[];
  /** Task groups that everybody joins with the same data. */
  readonly groups: readonly string[];
  readonly baseModel: string;
  /** Each person has <folder>/<name> with a workspace and, for each occasion, the data files. */
  readonly folder: string;
  readonly occasion: string;
  /** Of the groups: each person's own is drawn from it, so that the same run gives the same figures. */
  readonly seed: number;
  /** Further arguments of `colora join`. */
  readonly extra?: readonly string[];
  readonly signal: AbortSignal;
}

export const workspaceOf = (folder: string, person: string) => join(folder, person, 'workspace');

const toJsonl = (examples: readonly object[]) =>
  examples.map((example) => `${JSON.stringify(example)}\n`).join('');

/** Resolves when every daemon has ended well. Rejects with the first failing daemon's own words. */
export async function runDaemons(request: DaemonsRequest): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([request.signal, stop.signal]);
  setMaxListeners(0, signal); // one listener a daemon
  try {
    await Promise.all(request.people.map((person) => runDaemon(request, person, signal)));
  } finally {
    stop.abort();
  }
}

async function runDaemon(request: DaemonsRequest, person: Person, signal: AbortSignal): Promise<void> {
  const home = join(request.folder, person.name);
  makeFolder(home);
  const data = join(home, `${request.occasion}.jsonl`);
  const heldOut = join(home, `${request.occasion}.held-out.jsonl`);
  await writeFile(data, toJsonl(person.examples));
  await writeFile(heldOut, toJsonl(person.heldOut));
  const args = [
    ...['join', request.url, '--name', person.name, '--no-profile'],
    ...request.groups.flatMap((group) => ['--group', group]),
    ...['--data', data, '--test', heldOut, '--workspace', workspaceOf(request.folder, person.name)],
    ...['--base-model', request.baseModel, '--threads', '1', '--evaluate', 'end'],
    ...['--seed', String(seedOfPerson(request.seed, person.name))],
    ...(request.extra ?? []),
  ];
  await runProcess(person.name, args, join(home, `${request.occasion}.log`), signal);
}

/** Runs the command with its log in a file; a failure is told with the log's last lines. */
async function runProcess(
  name: string,
  args: readonly string[],
  logPath: string,
  signal: AbortSignal,
): Promise<void> {
  const log = await open(logPath, 'w');
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'ignore', log.fd] });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  }).finally(() => log.close());
  signal.removeEventListener('abort', stop);
  if (code === 0 || signal.aborted) return;
  const words = (await readFile(logPath, 'utf8')).trim().split('\n').slice(-5).join('\n');
  throw new Error(`${name}'s daemon ended with code ${code} (log: ${logPath}):\n${words}`);
}
