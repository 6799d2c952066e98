// The arm trained alone: the same task with nothing shared, trained once, a few steps whenever the daemon has nothing else
// to do. A rest that its owner wants holds these steps like any others (they go through the same trainer).
import { createHash } from 'node:crypto';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { aloneSettings } from '@colora/training/collaboration/guarded-groups';
import type { PersonalTensors } from '@colora/training/programs/personal-tensors';
import type { Example } from '@colora/training/tasks/tasks';
import type { Learner, Trainer } from '@colora/training/trainer';
import type { WorkWatch } from '../work/watch-work.ts';
import { type AloneState, keepAlone, readAlone } from '../workspace/alone-store.ts';

export interface AloneArm {
  /** Names the examples. */
  readonly data: string;
  done(): boolean;
  /** A few steps more, kept in the workspace when it returns. */
  trainOn(work: WorkWatch, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface AloneArmOptions {
  readonly trainer: Trainer;
  /** Folder of the base model. */
  readonly baseModel: string;
  readonly settings: TaskSettings;
  readonly examples: readonly Example[];
  readonly seed: string | number;
  /** Of its file. */
  readonly path: string;
  readonly groupCreatedAt: string;
  /** Names the examples: an arm trained on others begins anew. */
  readonly data: string;
  /** All it is trained for. */
  readonly steps: number;
  /** In a few words, for whoever watches. */
  readonly what: string;
  /** Trained alone on these examples already: taken as it is, where the workspace has none of them yet. */
  readonly ready?: PersonalTensors;
}

/** Done between two looks at what the group does: a round that opens meanwhile waits for them. How they are cut changes no bit of the result. */
const mostAtATime = 8;
const secondsAtATime = 5;

export async function openAloneArm(options: AloneArmOptions): Promise<AloneArm> {
  const { path, groupCreatedAt, data, steps: all, what } = options;
  let state = await stateAtStart(options);
  let opened: Promise<Learner> | null = null;
  const done = () => (state?.steps ?? 0) >= all;
  const close = async () => {
    const learner = await opened?.catch(() => null);
    opened = null;
    await learner?.close();
  };
  return {
    data,
    done,
    close,
    async trainOn(work, signal) {
      opened ??= openLearner(options, state);
      const opening = opened;
      const learner = await work.during({ what: `opening ${what}` }, () => opening, signal);
      const before = state?.steps ?? 0;
      const training = `training ${what}`;
      const steps = Math.min(stepsAtOnce(work.times(training).expected()), all - before);
      const { personal, optimizerState } = await work.during(
        { what: training, steps: all, done: before },
        (onStep) => learner.personalise({ shared: new Map(), steps, onStep }),
        signal,
      );
      state = { groupCreatedAt, data, steps: before + steps, personal, optimizerState };
      await keepAlone(path, state);
      if (done()) await close();
    },
  };
}

/** As many as are done in about five seconds, 1 to 8; the first one is to be measured. */
export function stepsAtOnce(secondsAStep: number | null): number {
  if (secondsAStep === null) return 1;
  return Math.max(1, Math.min(mostAtATime, Math.floor(secondsAtATime / secondsAStep)));
}

/** The same name for the same examples in the same order. */
export function nameExamples(examples: readonly Example[]): string {
  return createHash('sha256').update(JSON.stringify(examples)).digest('hex');
}

/** Several, one after the other; named by the first's examples. */
export function oneByOne(arms: readonly [AloneArm, ...AloneArm[]]): AloneArm {
  return {
    data: arms[0].data,
    done: () => arms.every((arm) => arm.done()),
    trainOn: async (work, signal) => arms.find((arm) => !arm.done())?.trainOn(work, signal),
    async close() {
      for (const arm of arms) await arm.close();
    },
  };
}

async function stateAtStart({
  path,
  groupCreatedAt,
  data,
  steps,
  ready,
}: AloneArmOptions): Promise<AloneState | null> {
  const found = await readAlone(path);
  if (found?.groupCreatedAt === groupCreatedAt && found.data === data) return found;
  if (ready === undefined) return null;
  const state = { groupCreatedAt, data, steps, personal: ready, optimizerState: new Map() };
  await keepAlone(path, state);
  return state;
}

function openLearner(
  { trainer, baseModel, settings, examples, seed }: AloneArmOptions,
  state: AloneState | null,
): Promise<Learner> {
  return trainer.openLearner({
    baseModel,
    settings: aloneSettings(settings),
    examples,
    seed,
    ...(state === null ? {} : { personal: state.personal, optimizerState: state.optimizerState }),
  });
}
