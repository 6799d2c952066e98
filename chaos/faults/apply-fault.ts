// Strikes: does one fault to the system and mends it when its time is over.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '@colora/protocol/api-client';
import type { Scene } from '../scene.ts';
import type { FaultName } from './fault-kinds.ts';
import type { Fault } from './plan-faults.ts';

type Apply = (scene: Scene, index: number, last: () => Promise<void>) => Promise<void>;

/** `last` returns when the fault's time is over. */
const applies: Readonly<Record<FaultName, Apply>> = {
  'kill-coordinator': async ({ coordinators }, index, last) => {
    await coordinators[index]!.process.kill();
    await last();
    coordinators[index]!.process.start();
  },
  'freeze-coordinator': freezeCoordinator,
  'freeze-coordinator-long': freezeCoordinator,
  'restart-coordinator': async (scene, index, last) => {
    const { process } = scene.coordinators[index]!;
    if (!(await process.terminate())) scene.notes.push(`${process.name} had to be killed after SIGTERM`);
    await last();
    process.start();
  },
  'cut-clients': async ({ coordinators }, index) => coordinators[index]!.door.cut(),
  'refuse-clients': ({ coordinators }, index, last) => during(last, coordinators[index]!.door.refuse),
  'stall-clients': ({ coordinators }, index, last) => during(last, coordinators[index]!.door.stall),
  'mute-answers': ({ coordinators }, index, last) => during(last, coordinators[index]!.door.mute),
  'cut-database': async ({ coordinators }, index) => coordinators[index]!.database.cut(),
  'refuse-database': ({ coordinators }, index, last) => during(last, coordinators[index]!.database.refuse),
  'stall-database': ({ coordinators }, index, last) => during(last, coordinators[index]!.database.stall),
  'stall-database-long': ({ coordinators }, index, last) => during(last, coordinators[index]!.database.stall),
  'mute-database': ({ coordinators }, index, last) => during(last, coordinators[index]!.database.mute),
  'kill-clients': async ({ crews }, index, last) => {
    await crews[index]!.kill();
    await last();
    crews[index]!.start();
  },
  'freeze-clients': ({ crews }, index, last) => during(last, crews[index]!.freeze),
  'kill-postgres': async ({ postgres }, _, last) => {
    await postgres.kill();
    await last();
    await postgres.start();
  },
  'pause-group': async ({ groups, admin }, index, last) => {
    const call = { params: { group: groups[index]!.name } };
    await untilDone(admin, (api) => api.call('pauseGroup', call));
    await last();
    await untilDone(admin, (api) => api.call('startGroup', call));
  },
};

export async function applyFault(scene: Scene, { kind, index, seconds }: Fault): Promise<void> {
  await applies[kind](scene, index, () => sleep(seconds * 1000));
}

function freezeCoordinator({ coordinators }: Scene, index: number, last: () => Promise<void>): Promise<void> {
  return during(last, coordinators[index]!.process.freeze);
}

async function during(last: () => Promise<void>, turn: (on: boolean) => void): Promise<void> {
  turn(true);
  await last();
  turn(false);
}

/** An admin's patience: other faults are under way, so it asks one coordinator after the other. */
async function untilDone(admin: () => ApiClient, call: (api: ApiClient) => Promise<object>): Promise<void> {
  for (;;) {
    const done = await call(admin()).then(
      () => true,
      (error: Error & { problem?: { code: string } }) => error.problem?.code === 'wrong-group-state', // completed meanwhile
    );
    if (done) return;
    await sleep(500);
  }
}
