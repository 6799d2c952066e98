// What a system is told of a service, in turn. What that is, is the system's own file.
import { runCommand } from '../terminal/run-command.ts';
import type { Step } from './systems/service-system.ts';

/** Throws an Error with the system's own words at the first that fails, unless it may. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  for (const { command, mayFail } of steps) {
    const { status, stdout, stderr } = await runCommand(command);
    if (status === 0 || mayFail) continue;
    const words = `${stderr}${stdout}`.trim() || `status ${status}`;
    throw new Error(`${command.join(' ')} failed: ${words}`);
  }
}
