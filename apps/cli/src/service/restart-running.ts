// Services whose program was replaced, begun again.
import { config } from '../config.ts';
import { runCommand } from '../terminal/run-command.ts';
import { serviceNames } from './installed-services.ts';
import { systemOf } from './systems/systems.ts';
import { runSteps } from './told-system.ts';

/** Those that run, or would be started again by themselves; returns their names. None where services can't be kept. */
export async function restartRunning(): Promise<string[]> {
  const system = systemOf(process.platform);
  const { configFolder } = config;
  if (system === null || configFolder === null) return [];
  const restarted: string[] = [];
  for (const name of await serviceNames(configFolder)) {
    const facts = { name, user: config.serviceUser };
    const { state } = system.stateOf(await runCommand(system.ask(facts)));
    if (state !== 'running' && state !== 'restarting') continue;
    await runSteps(system.restart(facts));
    restarted.push(name);
  }
  return restarted;
}
