// Carries out a schedule. Faults on different targets overlap; one on a target that is still coming up from the last
// waits for it, or a slow machine would be killed for ever while it starts. What has no time left is let go.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scene } from '../scene.ts';
import { applyFault } from './apply-fault.ts';
import type { Fault } from './plan-faults.ts';

/** So long a target works in peace once it is up again. */
const peaceMs = 4_000;

/** Returns the faults that were struck, when the last one is over. `seconds`: how long to go on. */
export async function strike(
  scene: Scene,
  faults: readonly Fault[],
  seconds: number,
  say: (line: string) => void,
): Promise<Fault[]> {
  const began = performance.now();
  const struck: Fault[] = [];
  const last = new Map<string, Promise<void>>();
  const carryOut = async (fault: Fault, before: Promise<void> | undefined): Promise<void> => {
    await before;
    await sleep(Math.max(0, fault.at * 1000 - (performance.now() - began)));
    while (!isUp(scene, fault) && performance.now() - began < seconds * 1000) await sleep(200);
    const now = (performance.now() - began) / 1000;
    if (now + fault.seconds > seconds) return;
    struck.push(fault);
    say(`${now.toFixed(1).padStart(7)} s ${fault.kind} ${fault.index + 1} for ${fault.seconds.toFixed(1)} s`);
    await applyFault(scene, fault);
  };
  for (const fault of faults) {
    const key = `${fault.target}/${fault.index}`;
    last.set(key, carryOut(fault, last.get(key)));
  }
  await Promise.all(last.values());
  return struck;
}

function isUp({ coordinators, crews }: Scene, { target, index }: Fault): boolean {
  const one = { coordinator: coordinators[index]?.process, crew: crews[index], postgres: null, group: null }[
    target
  ];
  return one == null || one.upForMs() >= peaceMs;
}
