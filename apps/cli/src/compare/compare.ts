// The comparison as a person sees it: the folder is read, the budget chosen and said, the figures shown.
// The run itself is run-comparison.ts.
import { openBaseModel } from '@colora/models/base-model';
import type { BasePrecision } from '@colora/models/base-precision';
import { taskKindTable } from '@colora/protocol/task-kinds';
import type { EngineName } from '@colora/training/engines/engine-settings';
import { defaultTargetsOf } from '../adapter/default-targets.ts';
import { resolveBaseModel } from '../base-model/resolve-base-model.ts';
import { config } from '../config.ts';
import { checkFigurePlace, writeFigures } from '../experiment/figure-file.ts';
import type { Figures } from '../experiment/figures.ts';
import { guardLines } from '../experiment/guard-lines.ts';
import { groupName } from '../experiment/method-groups.ts';
import { isTrained, type MethodName, methodNames } from '../experiment/method-names.ts';
import { workspaceOf } from '../experiment/run-in-process.ts';
import { accuracyUnit, exactMatchUnit, figuresTable, lossUnit, peopleTable } from '../experiment/table.ts';
import { createProgressLine } from '../terminal/progress-line.ts';
import { stoppable } from '../terminal/stop-signals.ts';
import { UsageError } from '../usage-error.ts';
import { chooseBudget } from './choose-budget.ts';
import { chooseMaxTokens } from './choose-max-tokens.ts';
import { type ComparedKind, comparedKinds } from './compared-kinds.ts';
import { type PeopleFolder, readPeopleFolder } from './read-folder.ts';
import { type Comparison, groupPrefix, peopleFolder, runComparison } from './run-comparison.ts';

export interface CompareOptions {
  readonly json?: string;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly methods?: MethodName[];
  readonly rounds?: number;
  readonly maxTokens?: number;
  readonly targets?: string[];
  readonly baseModel: string;
  readonly engine: EngineName;
  readonly basePrecision: BasePrecision;
  readonly keep?: string;
}

export async function compare(folder: string, options: CompareOptions): Promise<void> {
  if (options.json !== undefined) await checkFigurePlace(options.json);
  const people = await readPeopleFolder(folder);
  const line = createProgressLine();
  const comparison = { ...(await plan(people, options)), progress: line.progress, now: line.now };
  for (const text of introduction(people, comparison)) line.say(text);
  const figures = await stoppable(({ signal }) => runComparison({ ...comparison, signal }));
  line.clear();
  for (const row of tables(figures)) line.say(row);
  line.say(`${figures.seconds.toFixed(0)} s on ${figures.engine}`);
  if (options.keep !== undefined) for (const row of keptPlaces(options.keep, comparison)) line.say(row);
  if (options.json !== undefined) await writeFigures(options.json, figures);
}

/** What is to be compared; who watches it and what ends it comes to it. */
type Planned = Omit<Comparison, 'progress' | 'now' | 'signal'>;

async function plan(folder: PeopleFolder, options: CompareOptions): Promise<Planned> {
  const { people, kind, labels } = folder;
  const { folder: baseModel, name: baseModelName } = await resolveBaseModel(options.baseModel);
  const { modelType } = await openBaseModel(baseModel);
  const maxTokens = options.maxTokens ?? chooseMaxTokens(people, kind);
  const { firstSeed, keep } = options;
  return {
    people,
    task: kind === 'causal-lm' ? { kind, maxTokens } : { kind, labels, maxTokens },
    methods: chooseMethods(kind, options.methods),
    baseModel,
    baseModelName,
    targets: options.targets ?? defaultTargetsOf(modelType, kind),
    budget: chooseBudget(people, kind, options.rounds),
    seeds: Array.from({ length: options.seeds }, (_, index) => firstSeed + index),
    trainer: {
      engine: options.engine,
      basePrecision: options.basePrecision,
      cacheFolder: config.cache,
    },
    ...(keep === undefined ? {} : { keep }),
  };
}

function chooseMethods(kind: ComparedKind, asked?: readonly MethodName[]): readonly MethodName[] {
  const there = comparedKinds[kind].methods;
  const wrong = asked?.find((method) => !there.includes(method));
  if (wrong === undefined) return inOrder(asked ?? there);
  throw new UsageError(
    `--methods: ${wrong} is not for ${taskKindTable[kind].name}; there are ${there.join(', ')}`,
  );
}

/** `guarded` mixes alone and core: whoever asks for it gets the two beside it. */
function inOrder(asked: readonly MethodName[]): readonly MethodName[] {
  const needed: readonly MethodName[] = asked.includes('guarded') ? ['alone', 'core'] : [];
  return methodNames.filter((method) => asked.includes(method) || needed.includes(method));
}

function introduction(
  { kind, labels, leftOut }: PeopleFolder,
  { people, task, budget, targets }: Planned,
): string[] {
  const groups = new Set(people.map((person) => person.group)).size;
  const what = labels.length === 0 ? taskKindTable[kind].name : `${labels.length} labels`;
  return [
    ...(leftOut.length === 0
      ? []
      : [`not read, since compare takes .jsonl, .csv, .tsv and .parquet: ${leftOut.join(', ')}`]),
    `${people.length === 1 ? 'one person' : `${people.length} people`} in ${groups === 1 ? 'one group' : `${groups} groups`}, ${what}`,
    `${budget.rounds === 1 ? 'one round' : `${budget.rounds} rounds`} of ${budget.steps} local steps of ${budget.batchSize} examples for every method; ` +
      `texts are read up to ${task.maxTokens} tokens; adapters on ${targets.join(', ')}`,
  ];
}

function tables(figures: Figures): string[] {
  const { losses } = figures;
  if (losses === undefined) {
    return [
      ...peopleTable(figures),
      '',
      ...figuresTable(figures, accuracyUnit),
      '',
      ...guardLines(figures),
      '± is the standard error over people (and seeds); "minus this" is paired by person.',
    ];
  }
  return [
    ...peopleTable(figures, exactMatchUnit),
    '',
    ...figuresTable(figures, exactMatchUnit),
    '',
    ...figuresTable(losses, lossUnit),
    '',
    ...guardLines(figures),
    'Exact match: every token of the completion and its end are what the model would write. `base` is the model',
    'untrained: a language model has no head to train by itself. ± is the standard error over people (and seeds);',
    '"minus this" is paired by person, and a lower loss is better.',
  ];
}

function keptPlaces(keep: string, { people, methods, seeds }: Planned): string[] {
  const method = methods.includes('core') ? 'core' : methods.filter(isTrained).at(-1)!;
  const workspace = workspaceOf(peopleFolder(keep), people[0]!.name);
  return [
    `kept: ${keep}; a person's workspace is ${workspace}, a group's name ${groupName(groupPrefix(seeds[0]!), method)}`,
  ];
}
