// Another program run to its end, and what it said.
import { spawn } from 'node:child_process';

export interface FullAnswer {
  /** Null where there is no such program, or a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** In `folder`, or this one. Nothing is asked of it: it has no standard input. */
export async function runCommand(
  [program, ...words]: readonly [string, ...string[]],
  folder?: string,
): Promise<FullAnswer> {
  const child = spawn(program, words, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return await new Promise((resolve) => {
    child.on('error', (error) => resolve({ status: null, stdout, stderr: error.message }));
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
}
