// One comparison: a real coordinator and real clients in this process, one task group a method, once a seed.
// How it is asked for and shown is compare.ts.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readTrained } from '@colora/client/trained';
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import { makeFolder } from '@colora/protocol/failures/make-folder';
import type { PersonalTensors } from '@colora/training/programs/personal-tensors';
import type { Trainer, TrainerOptions } from '@colora/training/trainer';
import { collectFigures } from '../experiment/collect-figures.ts';
import { type Figures, type PersonFigures, score, summarise } from '../experiment/figures.ts';
import { withGuarded } from '../experiment/guarded-figures.ts';
import { type LanguageFigures, withGuardedLanguage } from '../experiment/guarded-language.ts';
import {
  budgetOf,
  type ComparedTask,
  createMethodGroups,
  type MethodGroups,
} from '../experiment/method-groups.ts';
import { isTrained, type MethodName } from '../experiment/method-names.ts';
import type { Budget } from '../experiment/methods.ts';
import type { Person } from '../experiment/person.ts';
import { type InProcessRun, runInProcess, startTrainers, workspaceOf } from '../experiment/run-in-process.ts';
import { watchRounds } from '../experiment/watch-rounds.ts';
import { tellFinishing } from '../terminal/finishing.ts';
import { UsageError } from '../usage-error.ts';
import { comparedKinds } from './compared-kinds.ts';

export interface Comparison {
  readonly people: readonly Person[];
  readonly task: ComparedTask;
  /** In their usual order; `guarded` with the two that it mixes. */
  readonly methods: readonly MethodName[];
  readonly baseModel: string;
  readonly baseModelName: string;
  readonly targets: readonly string[];
  readonly budget: Budget;
  readonly seeds: readonly number[];
  readonly trainer: TrainerOptions;
  /** Keeps database and workspaces here; else they are removed at the end. */
  readonly keep?: string;
  readonly progress: (line: string) => void;
  /** What goes on changing. */
  readonly now: (line: string) => void;
  /** Ends it: rejects with its reason, or with what was interrupted by it. */
  readonly signal: AbortSignal;
}

interface Stage {
  readonly comparison: Comparison;
  readonly api: ApiClient;
  readonly folder: string;
  readonly signal: AbortSignal;
  /** For small models, which one process may hold several times. */
  readonly trainers: readonly Trainer[];
}

/** Where a comparison keeps its people's workspaces. */
export const peopleFolder = (folder: string) => join(folder, 'people');

export const groupPrefix = (seed: number) => `seed${seed}`;

export async function runComparison(comparison: Comparison): Promise<Figures> {
  const start = performance.now();
  const { keep, task, baseModel, trainer, signal } = comparison;
  const kind = comparedKinds[task.kind];
  const folder =
    keep === undefined ? await mkdtemp(join(tmpdir(), 'colora-compare-')) : await emptyFolder(resolve(keep));
  const told = tellFinishing(signal, comparison.now);
  const dataFolder = join(folder, 'coordinator');
  const limits = { enrolmentsPerAddress: 1_000_000 }; // all come from here
  const coordinator = await buildCoordinator({
    ...{ dataFolder, host: '127.0.0.1', port: 0, logger: 'silent' as const },
    limits,
  });
  const trainers = kind.small ? await startTrainers(baseModel, trainer, signal) : [];
  try {
    const api = createApiClient(coordinator.url, () => coordinator.adminKey!);
    const stage = { comparison, api, folder, signal, trainers };
    const scores: PersonFigures[] = [];
    const losses: PersonFigures[] = [];
    let engine = '';
    for (const seed of comparison.seeds) {
      const groups = await runSeed(stage, seed, (name) => {
        engine = name;
      });
      const collect = (metric: typeof kind.score | 'heldOutLoss') =>
        collectFigures(api, { people: comparison.people, groups, seed, metric });
      const found = {
        scores: await collect(kind.score),
        losses: kind.losses ? await collect('heldOutLoss') : [],
      };
      const guarded = await guardedAsWell(stage, groups, found);
      scores.push(...guarded.scores);
      losses.push(...guarded.losses);
    }
    const figures = summarise(scores, (performance.now() - start) / 1000, engine);
    return losses.length === 0 ? figures : { ...figures, losses: score(losses) };
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.close()));
    await coordinator.close();
    if (keep === undefined) await rm(folder, { recursive: true, force: true });
    told();
  }
}

async function emptyFolder(folder: string): Promise<string> {
  const entries: string[] = await readdir(folder).catch(() => []);
  if (entries.length > 0) throw new UsageError(`--keep: ${folder} is not empty; name a new folder`);
  makeFolder(folder);
  return folder;
}

async function runSeed(
  stage: Stage,
  seed: number,
  tellEngine: (name: string) => void,
): Promise<MethodGroups> {
  const { comparison, api } = stage;
  const { people, task, methods, budget, baseModel, baseModelName, targets } = comparison;
  const request = {
    prefix: groupPrefix(seed),
    people: people.length,
    task,
    methods: methods.filter(isTrained),
    budget,
    baseModel,
    baseModelName,
    targets,
  };
  const groups = await createMethodGroups(api, { ...request, seed });
  const rounds = new Map([...groups].map(([method, group]) => [group, budgetOf(method, request).rounds]));
  const watching = new AbortController();
  const watched = watchRounds(
    api,
    [...groups.values()],
    ({ group, round }) => comparison.progress(`${group} round ${round.number}/${rounds.get(group)}`),
    watching.signal,
  );
  try {
    for (const [method, group] of groups) {
      const alone = method === 'core' ? await armsAlone(stage, groups) : undefined;
      tellEngine(await runGroup(stage, group, alone));
    }
  } finally {
    watching.abort();
    await watched;
  }
  return groups;
}

/** What the method `alone` trained, for `guarded` to mix with; undefined where it isn't asked for. */
async function armsAlone(
  { comparison, folder }: Stage,
  groups: MethodGroups,
): Promise<InProcessRun['alone']> {
  if (!comparison.methods.includes('guarded')) return undefined;
  const arms = new Map<string, PersonalTensors>();
  for (const { name } of comparison.people) {
    const { personal } = await readTrained(workspaceOf(peopleFolder(folder), name), groups.get('alone')!);
    arms.set(name, personal!);
  }
  return arms;
}

async function guardedAsWell(
  { comparison, folder, trainers, signal }: Stage,
  groups: MethodGroups,
  found: LanguageFigures,
): Promise<LanguageFigures> {
  const { methods, people, baseModel, task, trainer } = comparison;
  if (!methods.includes('guarded')) return found;
  const run = {
    people,
    group: groups.get('core')!,
    workspaceOf: (person: string) => workspaceOf(peopleFolder(folder), person),
    baseModel,
  };
  if (task.kind !== 'causal-lm')
    return { ...found, scores: await withGuarded(found.scores, { ...run, trainers }) };
  const own = await startTrainers(baseModel, trainer, signal);
  try {
    return await withGuardedLanguage(found, { ...run, trainers: own });
  } finally {
    await Promise.all(own.map((each) => each.close()));
  }
}

/**
 * All people of one method; returns what trained them. Each method of a language model has trainers of its own,
 * so that their compiled steps, which hold copies of the weights, are given back at its end.
 */
async function runGroup(
  { comparison, api, folder, signal, trainers }: Stage,
  group: string,
  alone: InProcessRun['alone'],
): Promise<string> {
  const { people, baseModel, trainer } = comparison;
  const own = trainers.length > 0 ? [] : await startTrainers(baseModel, trainer, signal);
  const all = [...trainers, ...own];
  try {
    await runInProcess({
      url: api.url,
      people,
      group,
      baseModel,
      folder: peopleFolder(folder),
      trainers: all,
      signal,
      ...(alone === undefined ? {} : { alone }),
    });
    signal.throwIfAborted();
    return `${all[0]!.engine} ${all[0]!.device}`;
  } finally {
    await Promise.all(own.map((trainer) => trainer.close()));
  }
}
