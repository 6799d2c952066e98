// This member's own examples, read from where the options say. They go to the learner and nowhere else.
import type { TaskGroup } from '@colora/protocol/entities';
import { readExamples } from '@colora/training/data/data';
import { describeSetAside } from '@colora/training/data/describe-set-aside';
import type { LearnerSummary } from '@colora/training/learning/learner';
import type { Example } from '@colora/training/tasks/tasks';
import type { DataPlace } from '@colora/training/training-error';
import { ClientError } from '../client-error.ts';
import type { Log } from '../client-log.ts';
import type { ClientOptions } from './client-options.ts';

export interface PrivateData {
  readonly examples: readonly Example[];
  readonly heldOut: readonly Example[];
  /** Of those that were read from files. */
  readonly places: ReadonlyMap<Example, DataPlace>;
}

/** Throws DataError naming file and place, never a text. */
export async function readData(options: ClientOptions, group: TaskGroup): Promise<PrivateData> {
  const { task, seed } = group.settings;
  const { heldOutPath, holdOut } = options;
  const test = heldOutPath === undefined ? undefined : await readExamples(heldOutPath, task);
  const given = options.heldOut ?? test?.examples;
  const testPlaces = test?.places ?? [];
  if (options.examples !== undefined)
    return { examples: options.examples, heldOut: given ?? [], places: new Map(testPlaces) };
  const dataPath = typeof options.dataPath === 'function' ? await options.dataPath(group) : options.dataPath;
  if (dataPath === undefined)
    throw new ClientError('bad-file', 'there are no examples to train on: pass a data file');
  const splits = given === undefined && holdOut !== undefined;
  const read = await readExamples(dataPath, task, splits ? { holdOut, seed } : {});
  const places = new Map([...read.places, ...testPlaces]);
  return { examples: read.examples, heldOut: given ?? read.heldOut, places };
}

/** Examples that are left out are told once, with their places. */
export function tellSetAside(
  { examples, heldOut, places }: PrivateData,
  { nothingToLearn, nothingToJudge, tokenLimit }: LearnerSummary,
  log: Log,
): void {
  const lines = [
    describeSetAside({ indices: nothingToLearn, examples, places, tokenLimit, use: 'learn' }),
    describeSetAside({ indices: nothingToJudge, examples: heldOut, places, tokenLimit, use: 'judge by' }),
  ];
  for (const line of lines) if (line !== null) log('warn', line);
}
