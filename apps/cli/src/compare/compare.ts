// The comparison as a person sees it, and its run: a real coordinator and real clients in this process,
// one task group a method. Reading the folder and choosing the budget are beside.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { openBaseModel } from '@colora/models/base-model';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import type { Trainer } from '@colora/training/trainer';
import { baseModelFolder, defaultTargets } from '../base-model-folder.ts';
import { collectFigures } from '../experiment/collect-figures.ts';
import { type Figures, type PersonFigures, summarise } from '../experiment/figures.ts';
import { createMethodGroups } from '../experiment/method-groups.ts';
import type { MethodName } from '../experiment/method-names.ts';
import type { Budget } from '../experiment/methods.ts';
import { runInProcess, startTrainers } from '../experiment/run-in-process.ts';
import { figuresTable, peopleTable } from '../experiment/table.ts';
import { watchRounds } from '../experiment/watch-rounds.ts';
import { createProgressLine } from '../progress-line.ts';
import { listenForStop } from '../stop-signals.ts';
import { chooseBudget } from './choose-budget.ts';
import { chooseMaxTokens } from './choose-max-tokens.ts';
import { type PeopleFolder, readPeopleFolder } from './read-folder.ts';

interface CompareOptions {
  json?: string;
  seeds: number;
  methods: MethodName[];
  rounds?: number;
  maxTokens?: number;
  baseModel: string;
  engine: 'auto' | 'onnx' | 'tfjs';
}

export async function compare(folder: string, options: CompareOptions): Promise<void> {
  const people = await readPeopleFolder(folder);
  const baseModel = await baseModelFolder(options.baseModel);
  const targets = defaultTargets[(await openBaseModel(baseModel)).modelType] ?? ['all-linear'];
  const budget = chooseBudget(people.people, options.rounds);
  const maxTokens = options.maxTokens ?? chooseMaxTokens(people.people);
  const line = createProgressLine();
  const groups = new Set(people.people.map((person) => person.group)).size;
  line.say(`${people.people.length} people in ${groups} groups, ${people.labels.length} labels`);
  line.say(
    `${budget.rounds} rounds of ${budget.steps} local steps of ${budget.batchSize} examples for every method; ` +
      `texts are read up to ${maxTokens} tokens`,
  );
  const figures = await run({
    ...people,
    baseModel,
    targets,
    budget,
    maxTokens,
    options,
    progress: line.progress,
  });
  line.clear();
  for (const row of [...peopleTable(figures), '', ...figuresTable(figures)]) line.say(row);
  line.say('');
  line.say('± is the standard error over people (and seeds); "core minus this" is paired by person.');
  line.say(`${figures.seconds.toFixed(0)} s on ${figures.engine}`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}

interface Comparison extends PeopleFolder {
  readonly baseModel: string;
  readonly targets: readonly string[];
  readonly budget: Budget;
  readonly maxTokens: number;
  readonly options: CompareOptions;
  readonly progress: (line: string) => void;
}

/** What a comparison runs on: one coordinator, some trainer threads, a folder for the workspaces. */
interface Stage {
  readonly api: ApiClient;
  readonly folder: string;
  readonly trainers: readonly Trainer[];
  readonly signal: AbortSignal;
}

async function run(comparison: Comparison): Promise<Figures> {
  const start = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'colora-compare-'));
  const stop = listenForStop();
  const trainers = await startTrainers({ engine: comparison.options.engine });
  const dataFolder = join(folder, 'coordinator');
  const coordinator = await buildCoordinator({ dataFolder, host: '127.0.0.1', port: 0, logger: 'silent' });
  try {
    const api = createApiClient(coordinator.url, () => coordinator.adminKey!);
    const stage = { api, folder, trainers, signal: stop.signal };
    const users: PersonFigures[] = [];
    for (let seed = 0; seed < comparison.options.seeds; seed++) {
      users.push(...(await runSeed(comparison, stage, seed)));
    }
    const engine = `${trainers[0]!.engine} ${trainers[0]!.device}`;
    return summarise(users, (performance.now() - start) / 1000, engine);
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.close()));
    await coordinator.close();
    await rm(folder, { recursive: true, force: true });
    stop.release();
  }
}

async function runSeed(comparison: Comparison, stage: Stage, seed: number): Promise<PersonFigures[]> {
  const { people, labels, baseModel, targets, budget, maxTokens, options } = comparison;
  const prefix = `seed${seed}`;
  const groups = await createMethodGroups(stage.api, {
    prefix,
    methods: options.methods,
    labels,
    people: people.length,
    budget,
    baseModel,
    targets,
    maxTokens,
    seed,
  });
  const watching = new AbortController();
  const watched = watchRounds(
    stage.api,
    [...groups.values()],
    ({ group, round }) => comparison.progress(`${group} round ${round.number}/${budget.rounds}`),
    watching.signal,
  );
  try {
    await runInProcess({
      ...stage,
      url: stage.api.url,
      people,
      groups,
      baseModel,
      folder: join(stage.folder, 'people'),
    });
  } finally {
    watching.abort();
    await watched;
  }
  stage.signal.throwIfAborted();
  return collectFigures(stage.api, people, groups, seed);
}
