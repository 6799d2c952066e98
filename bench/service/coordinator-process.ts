// `colora coordinator` in a process of its own, on a database given by its address.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { track } from './children.ts';

export interface CoordinatorProcess {
  readonly url: string;
  readonly pid: number;
  readonly admin: ApiClient;
  /** At once: its rounds go on for ever, and its database is thrown away. */
  kill(): Promise<void>;
}

const command = fileURLToPath(new URL('../../apps/cli/bin/colora.js', import.meta.url));

/** `nodeFlags`: for a profile, say. */
export async function startCoordinator(
  databaseUrl: string,
  nodeFlags: readonly string[] = (process.env.COLORA_BENCH_NODE_FLAGS ?? '').split(' ').filter(Boolean),
): Promise<CoordinatorProcess> {
  const key = `colora_a_${randomBytes(32).toString('base64url')}`;
  const flags = [
    'coordinator',
    '--json',
    '--port',
    '0',
    '--database-url',
    databaseUrl,
    '--log-level',
    'warn',
  ];
  const child = track(
    spawn(process.execPath, [...nodeFlags, command, ...flags], {
      env: { ...process.env, COLORA_ADMIN_KEY: key, COLORA_ENROLMENTS_PER_ADDRESS: '1000000' },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const url = await readUrl(child);
  return {
    url,
    pid: child.pid!,
    admin: createApiClient(url, () => key),
    async kill() {
      const ended = new Promise((done) => child.once('exit', done));
      if (nodeFlags.length > 0) {
        child.kill('SIGTERM'); // a profile is written at an orderly end
        await Promise.race([ended, sleep(20_000)]);
      }
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The one JSON object it prints when it is up. */
async function readUrl(child: ChildProcess): Promise<string> {
  let printed = '';
  for await (const line of createInterface({ input: child.stdout! })) {
    printed += line;
    if (line === '}') return (JSON.parse(printed) as { url: string }).url;
  }
  throw new Error(`the coordinator ended before it was up: ${printed}`);
}
