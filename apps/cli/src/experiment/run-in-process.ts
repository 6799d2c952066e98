// Lets every person of an experiment join a method's group with the real client, inside this process:
// over real HTTP and sockets, each with a workspace of its own, sharing a few trainer threads.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runClient } from '@colora/client/daemon';
import { startTrainer, type Trainer } from '@colora/training/trainer';
import type { MethodGroups } from './method-groups.ts';
import type { Person } from './person.ts';

export interface InProcessRun {
  readonly url: string;
  readonly people: readonly Person[];
  readonly groups: MethodGroups;
  readonly baseModel: string;
  /** Folder for the people's workspaces. */
  readonly folder: string;
  readonly trainers: readonly Trainer[];
  readonly signal: AbortSignal;
}

/** One trainer thread a core, at most four; each computes on one thread. */
export async function startTrainers(options: { engine?: 'auto' | 'onnx' | 'tfjs' }): Promise<Trainer[]> {
  const count = Math.min(availableParallelism(), 4);
  return Promise.all(Array.from({ length: count }, () => startTrainer({ ...options, threads: 1 })));
}

/** Runs the methods one after the other, all people of a method together, until every group is completed. */
export async function runInProcess(run: InProcessRun): Promise<void> {
  for (const group of run.groups.values()) {
    await Promise.all(
      run.people.map((person, index) =>
        runClient({
          url: run.url,
          group,
          name: person.name,
          examples: [...person.examples],
          heldOut: [...person.heldOut],
          workspace: join(run.folder, person.name),
          baseModel: run.baseModel,
          trainer: run.trainers[index % run.trainers.length]!,
          evaluate: 'end',
          signal: run.signal,
        }),
      ),
    );
  }
}
