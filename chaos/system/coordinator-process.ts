// A real `colora coordinator` with the supervisor an operator has (systemd, compose): started again
// whenever it ends. Deaths of its own accord are kept, since a coordinator must not have any.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../apps/cli/bin/colora.js', import.meta.url));
const stopsWithinMs = 45_000;

export interface CoordinatorProcess {
  readonly name: string;
  readonly port: number;
  /** Starts it, and again whenever it ends, until `kill`, `restart` or `end`. */
  start(): void;
  isUp(): boolean;
  /** 0 while it is not. */
  upForMs(): number;
  kill(): Promise<void>;
  freeze(on: boolean): void;
  /** SIGTERM; false when it had to be killed in the end. */
  terminate(): Promise<boolean>;
  /** How often it ended by itself after it was up: each is a fault of its own. */
  readonly ownDeaths: readonly string[];
  /** How often a start failed, as it does while its database is gone. */
  failedStarts(): number;
}

export interface CoordinatorProcessOptions {
  readonly name: string;
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly logPath: string;
}

export function coordinatorProcess(options: CoordinatorProcessOptions): CoordinatorProcess {
  const { name, port, environment, logPath } = options;
  const log = createWriteStream(logPath, { flags: 'a' });
  const ownDeaths: string[] = [];
  let child: ChildProcess | null = null;
  let wanted = false;
  let up = false;
  let upSince = 0;
  let failedStarts = 0;

  const launch = () => {
    up = false;
    const args = [launcher, 'coordinator', '--port', String(port), '--log-level', 'info'];
    const started = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    started.stdout.on('data', (text: Buffer) => {
      log.write(text);
      if (!text.includes('coordinator at')) return;
      up = true;
      upSince = performance.now();
    });
    started.stderr.on('data', (text: Buffer) => log.write(text));
    started.once('exit', (code, signal) => {
      const ended = `${name} ended by itself with ${signal ?? code}`;
      log.write(`--- exit ${signal ?? code}\n`);
      if (!wanted) return;
      if (up) ownDeaths.push(ended);
      else failedStarts += 1;
      void sleep(500, undefined, { ref: false }).then(() => wanted && child === started && launch());
    });
  };
  const end = async (signal: NodeJS.Signals, patienceMs: number): Promise<boolean> => {
    wanted = false;
    up = false;
    const ending = child;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return true;
    const gone = new Promise<true>((done) => ending.once('exit', () => done(true)));
    ending.kill(signal);
    if (await Promise.race([gone, sleep(patienceMs, false as const, { ref: false })])) return true;
    ending.kill('SIGKILL');
    await gone;
    return false;
  };
  return {
    name,
    port,
    ownDeaths,
    failedStarts: () => failedStarts,
    isUp: () => up,
    upForMs: () => (up ? performance.now() - upSince : 0),
    start() {
      wanted = true;
      launch();
    },
    kill: async () => void (await end('SIGKILL', stopsWithinMs)),
    terminate: () => end('SIGTERM', stopsWithinMs),
    freeze(on) {
      child?.kill(on ? 'SIGSTOP' : 'SIGCONT');
    },
  };
}
