// Lets every person of an experiment join a method's group with the real client, inside this process:
// over real HTTP and sockets, each with a workspace of its own, sharing a few trainer threads.
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { runClient } from '@colora/client/daemon';
import type { ClientOptions, ClientOutcome } from '@colora/client/session/client-options';
import { openBaseModel } from '@colora/models/base-model';
import { storedBytes } from '@colora/models/weights/weight-files';
import { roomFor } from '@colora/training/learning/memory/room';
import type { PersonalTensors } from '@colora/training/programs/personal-tensors';
import { startTrainer, type Trainer, type TrainerOptions } from '@colora/training/trainer';
import type { Person } from './person.ts';

export interface InProcessRun {
  readonly url: string;
  readonly people: readonly Person[];
  readonly group: string;
  readonly baseModel: string;
  /** Folder for the people's workspaces. */
  readonly folder: string;
  readonly trainers: readonly Trainer[];
  /** By person, what was trained alone on the same examples: the group's members are guarded by it. Left out: they aren't guarded. */
  readonly alone?: ReadonlyMap<string, PersonalTensors>;
  readonly signal: AbortSignal;
}

/** Of the machine's memory, what trainers may take together by the weights that each of them holds; steps need as much again. */
const shareForWeights = 1 / 4;

/** Trainers that compute on a thread each: together they do nearly twice as much as one whose threads wait for each other. */
const mostTrainers = 4;

/**
 * One trainer thread a core, at most four, each computing on one thread; one alone, on as many threads as it wants, where
 * the base model (a folder) is too large to be held several times, and on a card. The signal closes them: what they are
 * at, and whatever is asked of them afterwards, is rejected.
 */
export async function startTrainers(
  baseModel: string,
  options: TrainerOptions,
  signal?: AbortSignal,
): Promise<Trainer[]> {
  const count = await trainersBeside(baseModel);
  const each = count === 1 ? options : { ...options, threads: 1 };
  const first = await startTrainer(each);
  const further = first.device === 'cpu' ? count - 1 : 0;
  const others = await Promise.all(Array.from({ length: further }, () => startTrainer(each)));
  const trainers = [first, ...others];
  const close = () => {
    for (const trainer of trainers) trainer.close().catch(() => undefined);
  };
  if (signal === undefined) return trainers;
  setMaxListeners(0, signal); // one a method of a comparison
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
  return trainers;
}

async function trainersBeside(baseModel: string): Promise<number> {
  const { weights } = await openBaseModel(baseModel);
  const held = Math.floor((shareForWeights * roomFor(null).bytes) / storedBytes(weights));
  return Math.max(1, Math.min(availableParallelism(), mostTrainers, held));
}

/** Runs all people of a method together until its group is completed; what came of it, in their order. */
export async function runInProcess(run: InProcessRun): Promise<ClientOutcome[]> {
  setMaxListeners(0, run.signal); // several listeners a person
  return await Promise.all(
    run.people.map((person, index) =>
      runClient({
        url: run.url,
        group: run.group,
        name: person.name,
        examples: [...person.examples],
        heldOut: [...person.heldOut],
        workspace: workspaceOf(run.folder, person.name),
        baseModel: run.baseModel,
        trainer: run.trainers[index % run.trainers.length]!,
        evaluate: 'end',
        seed: 'of-group', // the same figures whenever it is run
        ...guardOf(run, person),
        signal: run.signal,
      }),
    ),
  );
}

/** The arm alone is a method of its own here, and nothing is trained alone twice. */
function guardOf({ alone }: InProcessRun, { name }: Person): Pick<ClientOptions, 'guard' | 'alone'> {
  const arm = alone?.get(name);
  return arm === undefined ? { guard: false } : { guard: true, alone: arm };
}

export function workspaceOf(folder: string, person: string): string {
  return join(folder, person);
}
