// What the guard makes of the method `core`: reads from each person's workspace the arm trained alone, and how the two are mixed
// and what is said once all members have told their figures; judges the mixture on held-out examples. Nothing is trained here.
import { hearVerdict } from '@colora/client/heard-verdict';
import { readTrained } from '@colora/client/trained';
import type { Trainer } from '@colora/training/trainer';
import { config } from '../config.ts';
import { evaluateArms } from '../trained-model/evaluate-arms.ts';
import { modelsOf } from '../trained-model/mixed-model.ts';
import { type GuardSays, type PersonFigures, worseBy } from './figures.ts';
import type { Person } from './person.ts';
import { chanceOfBeingBehind } from './statistics.ts';

export interface GuardedRun {
  readonly people: readonly Person[];
  /** Of the method `core`, whose members were guarded. */
  readonly group: string;
  readonly workspaceOf: (person: string) => string;
  readonly baseModel: string;
  readonly trainers: readonly Trainer[];
}

/** Accuracies are fractions of 1. */
export interface GuardedFigures
  extends Omit<GuardSays, 'worseByChance'>,
    Partial<Pick<GuardSays, 'worseByChance'>> {
  /** Of the arm trained alone, by itself; left out where there is nothing to mix, and she predicts with core. */
  readonly alone?: number;
  readonly guarded: number;
}

/** By person, in the order of the figures: the columns `alone` and `guarded`, and what was said. */
export async function withGuarded(
  users: readonly PersonFigures[],
  run: GuardedRun,
): Promise<PersonFigures[]> {
  const { people, trainers } = run;
  // neighbours are judged on the same examples where a scenario has it so: one trainer reads these once
  const trainerOf = (index: number) => trainers[Math.floor((index * trainers.length) / people.length)]!;
  const figures = await Promise.all(
    people.map((person, index) => guardedFigures(run, person, trainerOf(index))),
  );
  return users.map((user, index) => ({ ...user, ...figures[index]! }));
}

async function guardedFigures(
  { group, workspaceOf, baseModel }: GuardedRun,
  { name, heldOut }: Person,
  trainer: Trainer,
): Promise<GuardedFigures> {
  const workspace = workspaceOf(name);
  // by now all have told theirs: what everybody hears is the same, however they ended
  const { found } = await hearVerdict(workspace, group, { line: config.line, log: () => undefined });
  const trained = await readTrained(workspace, group);
  const models = await modelsOf(trained, baseModel, undefined);
  const { each, mixed, right } = await evaluateArms(
    trainer,
    { baseModel, heldOut, tell: () => undefined },
    models,
  );
  const guarded = mixed.accuracy;
  const cluster = trained.group.place?.cluster ?? null;
  if (found === null || trained.guard === null) return { guarded, cluster, ...unknown };
  return {
    alone: each[0]!.accuracy,
    guarded,
    weightOfCore: found.weights.core,
    verdict: found.verdict.opinion,
    helped: found.verdict.helped,
    worseByChance: {
      core: chanceOfWorse(right.each[0]!, right.each[1]!),
      guarded: chanceOfWorse(right.each[0]!, right.mixed),
    },
    cluster,
  };
}

/** She predicts with core, and nobody knows what she would have trained alone. */
const unknown = { weightOfCore: 1, verdict: null, helped: null };

function chanceOfWorse(alone: readonly boolean[], other: readonly boolean[]): number {
  const disagreements = alone.filter((isRight, index) => isRight !== other[index]).length;
  return chanceOfBeingBehind(disagreements, worseBy * alone.length + 1e-9);
}
