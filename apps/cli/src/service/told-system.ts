// Commands of a system run for a service, and what they answered. Which ones is the system's own file.
import { spawn } from 'node:child_process';
import type { Answer, Step } from './systems/service-system.ts';

export interface FullAnswer extends Answer {
  readonly stderr: string;
}

/** Status null where there is no such program. */
export async function runCommand([program, ...words]: readonly [string, ...string[]]): Promise<FullAnswer> {
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
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

/** In turn. Throws an Error with the system's own words at the first that fails, unless it may. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  for (const { command, mayFail } of steps) {
    const { status, stdout, stderr } = await runCommand(command);
    if (status === 0 || mayFail) continue;
    const words = `${stderr}${stdout}`.trim() || `status ${status}`;
    throw new Error(`${command.join(' ')} failed: ${words}`);
  }
}
