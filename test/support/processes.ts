// The `colora` command as a real process: started, listened to, killed. Used by tests that need one to
// die, and by those of the command line itself.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onceFlag } from '@colora/coordinator/testing/compile-once';

const launcher = fileURLToPath(new URL('../../apps/cli/bin/colora.js', import.meta.url));

export interface Ended {
  /** Null when a signal ended it. */
  readonly status: number | null;
  /** The one that ended it, unlistened to. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when stdout or stderr has said it; rejects when the process ends before. */
  says(pattern: RegExp): Promise<string>;
}

export interface ProcessOptions {
  /** One that is undefined is not handed on. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Default: that of the tests. */
  readonly cwd?: string;
  /** At a terminal of 80 columns, by util-linux's `script`: all it says is then in stdout, what `child.stdin` is written is typed. */
  readonly atTerminal?: boolean;
}

/** Why no test can run the command at a terminal here, or false. */
export const noTerminal =
  process.platform !== 'linux' || spawnSync('script', ['--version']).status !== 0
    ? 'needs util-linux’s script'
    : false;

/** The command's environment holds no settings of whoever runs the tests; its daemons are guarded where `env` undefines COLORA_NO_GUARD. */
export function startColora(
  args: readonly string[],
  { env = {}, input, cwd, atTerminal = false }: ProcessOptions = {},
): Running {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(COLORA_|(HTTPS?|ALL|NO)_PROXY$|DATABASE_URL$|HOST$|PORT$|LOG_LEVEL$|NODE_OPTIONS$|NODE_TEST)/i.test(
        name,
      ),
  );
  const line = [process.execPath, onceFlag, launcher, ...args];
  const [command, ...words] = atTerminal ? ['script', '-qec', line.map(quoted).join(' '), '/dev/null'] : line;
  const child = spawn(command!, words, {
    env: {
      ...Object.fromEntries(inherited),
      ...{ COLORA_CACHE: cacheFolder, COLORA_NO_GUARD: '1', XDG_CONFIG_HOME: configFolder },
      ...env,
    },
    cwd,
    stdio: [input === undefined && !atTerminal ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (!atTerminal) child.stdin?.end(input);
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  const says = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (match === null) return;
        listeners.delete(look);
        resolve(match[1] ?? match[0]);
      };
      listeners.add(look);
      void ended.then(() => reject(new Error(`ended without saying ${pattern}: ${stderr}${stdout}`)));
      look();
    });
  return { child, ended, says };
}

const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;

/** What is remembered of one test is nobody's, and no other's. */
const configFolder = mkdtempSync(join(tmpdir(), 'colora-config-'));
process.on('exit', () => rmSync(configFolder, { recursive: true, force: true }));

export const cacheFolder = fileURLToPath(new URL('../../node_modules/.cache/colora-test', import.meta.url));

/** Runs a command line to its end. */
export async function colora(args: readonly string[], options: ProcessOptions = {}): Promise<Ended> {
  return await startColora(args, options).ended;
}

/** kill -9, and gone when it returns. */
export async function killHard(running: Running): Promise<void> {
  running.child.kill('SIGKILL');
  await running.ended;
}
