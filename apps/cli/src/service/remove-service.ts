// A service ended and taken out of the system, with its folder.
import { rm } from 'node:fs/promises';
import { config } from '../config.ts';
import { dropService, serviceFolder } from './installed-services.ts';
import { configFolder, thisSystem } from './this-system.ts';
import { runSteps } from './told-system.ts';

/** Returns what is removed. Where the system isn't there any more its file goes all the same. */
export async function removeService(name: string): Promise<string[]> {
  const system = thisSystem();
  const folder = serviceFolder(configFolder(), name);
  const facts = { name, user: config.serviceUser };
  const file = system.file(facts, folder);
  await runSteps(system.stop(facts));
  await rm(file, { force: true });
  await runSteps(system.forget);
  await dropService(configFolder(), name);
  return [file, folder];
}
