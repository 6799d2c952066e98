// A crew of light clients, or of hostile members, as a process: started, killed, frozen, and stopped in good order at the end.
import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const entries = {
  crew: fileURLToPath(new URL('../clients/crew.ts', import.meta.url)),
  masked: fileURLToPath(new URL('../clients/masked-crew.ts', import.meta.url)),
  hostile: fileURLToPath(new URL('../clients/hostile.ts', import.meta.url)),
} as const;

export interface Crew {
  readonly name: string;
  start(): void;
  /** Since its clients began to ask; 0 while they don't. */
  upForMs(): number;
  kill(): Promise<void>;
  freeze(on: boolean): void;
  /** Lets what is under way be answered; returns the exit status, null when a signal ended it. */
  finish(): Promise<number | null>;
}

export function crewProcess(
  name: string,
  planPath: string,
  logPath: string,
  kind: keyof typeof entries = 'crew',
): Crew {
  let child: ChildProcess | null = null;
  let upSince: number | null = null;
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) {
      return ending?.exitCode ?? null;
    }
    const gone = new Promise<number | null>((done) => ending.once('exit', done));
    upSince = null;
    ending.kill(signal);
    return gone;
  };
  return {
    name,
    start() {
      const log = openSync(logPath, 'a');
      const args = ['--import', 'tsx', entries[kind], planPath];
      const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', log] });
      started.stdout?.once('data', () => {
        if (child === started) upSince = performance.now();
      });
      child = started;
    },
    upForMs: () => (upSince === null ? 0 : performance.now() - upSince),
    kill: async () => void (await end('SIGKILL')),
    freeze(on) {
      child?.kill(on ? 'SIGSTOP' : 'SIGCONT');
    },
    finish: () => end('SIGTERM'),
  };
}
