// Starts one client daemon a person, each a process of its own with its own data files and workspace,
// and waits until all have ended. What they learned stays with them; the coordinator is asked elsewhere.
import { spawn } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  await mkdir(home, { recursive: true });
  const data = join(home, `${request.occasion}.jsonl`);
  const heldOut = join(home, `${request.occasion}.held-out.jsonl`);
  await writeFile(data, toJsonl(person.examples));
  await writeFile(heldOut, toJsonl(person.heldOut));
  const args = [
    ...['join', request.url, '--name', person.name],
    ...request.groups.flatMap((group) => ['--group', group]),
    ...['--data', data, '--test', heldOut, '--workspace', workspaceOf(request.folder, person.name)],
    ...['--base-model', request.baseModel, '--threads', '1', '--until', 'completed'],
    ...(request.extra ?? []),
  ];
  await runProcess(person.name, args, signal);
}

function runProcess(name: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2000);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (code === 0 || signal.aborted) resolve();
      else reject(new Error(`${name}'s daemon ended with code ${code}:\n${words.trim()}`));
    });
  });
}
