// The demo's story: a real coordinator on embedded Postgres, real daemons as processes, five scenarios
// one after the other, figures out of what the members reported and, of the
// guard, out of what their workspaces hold.
import { join } from 'node:path';
import { buildCoordinator, type Coordinator } from '@colora/coordinator/coordinator';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import type { Round } from '@colora/protocol/entities';
import type { Trainer } from '@colora/training/trainer';
import { defaultTargetsOf } from '../adapter/default-targets.ts';
import { shippedModel } from '../base-model/base-model-name.ts';
import { collectFigures } from '../experiment/collect-figures.ts';
import { type Figures, type PersonFigures, summarise } from '../experiment/figures.ts';
import { withGuarded } from '../experiment/guarded-figures.ts';
import { createMethodGroups, groupName, type MethodGroups } from '../experiment/method-groups.ts';
import { classificationMethods, isTrained, type MethodName } from '../experiment/method-names.ts';
import { isCollaborative, recipeBudget } from '../experiment/methods.ts';
import { startTrainers } from '../experiment/run-in-process.ts';
import { watchRounds } from '../experiment/watch-rounds.ts';
import { type ScenarioName, scenarioNames } from './scenario-names.ts';
import { drawScenarios, type Scenario } from './scenarios.ts';
import { readSentences } from './sentences.ts';
import { runDaemons, workspaceOf } from './spawn-daemons.ts';

export interface DemoRequest {
  /** An empty or new folder: database, people's data files and workspaces. */
  readonly folder: string;
  readonly baseModel: string;
  readonly scenarios: readonly ScenarioName[];
  readonly seeds: readonly number[];
  readonly say: (line: string) => void;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface DemoResult {
  readonly coordinator: Coordinator;
  readonly adminKey: string;
  readonly scenarios: Partial<Record<ScenarioName, Figures>>;
  /** The members' update similarity in the scenario whose tasks differ most. */
  readonly similarity: { participants: string[]; matrix: number[][] } | null;
}

/** What newcomers train of a head on frozen features, and where only a personal part is left to fit: more of that overfits. */
const steps = { head: 32, personalPart: 4 };

/** `alone` is what core's daemons train beside the rounds, as every member's does: a group of its own would do it twice. */
const demoMethods: readonly MethodName[] = classificationMethods;
const methods = demoMethods.filter(isTrained).filter((method) => method !== 'alone');

/** Runs the scenarios for each seed; the coordinator is left up for the caller to close. */
export async function runDemo(request: DemoRequest): Promise<DemoResult> {
  const coordinator = await buildCoordinator({
    dataFolder: join(request.folder, 'coordinator'),
    host: '127.0.0.1',
    port: 0,
    logger: 'silent',
    limits: { enrolmentsPerAddress: 1_000_000 }, // all come from here
  });
  try {
    const adminKey = coordinator.adminKey!;
    const api = createApiClient(coordinator.url, () => adminKey);
    request.say(
      `coordinator ${coordinator.url}, embedded Postgres in ${join(request.folder, 'coordinator')}`,
    );
    const scenarios = await runScenarios(request, coordinator.url, api);
    const similarity = await showSimilarity(api, request);
    return { coordinator, adminKey, scenarios, similarity };
  } catch (error) {
    await coordinator.close();
    throw error;
  }
}

async function runScenarios(request: DemoRequest, url: string, api: ApiClient) {
  const trainers = await startTrainers(request.baseModel, {}, request.signal);
  try {
    return await runWith(trainers, request, url, api);
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.close()));
  }
}

/** `trainers`: judge what the daemons left. */
async function runWith(trainers: readonly Trainer[], request: DemoRequest, url: string, api: ApiClient) {
  const sentences = await readSentences();
  const rows = new Map<ScenarioName, PersonFigures[]>();
  const seconds = new Map<ScenarioName, number>();
  for (const seed of request.seeds) {
    const drawn = drawScenarios(sentences, seed);
    for (const name of scenarioNames.filter((each) => request.scenarios.includes(each))) {
      const start = performance.now();
      const { users, groups } = await runScenario(request, url, api, drawn[name], seed);
      const guarded = await withGuarded(users, {
        people: drawn[name].people,
        group: groups.get('core')!,
        workspaceOf: (person) => workspaceOf(join(request.folder, 'people'), person),
        baseModel: request.baseModel,
        trainers,
      });
      rows.set(name, [...(rows.get(name) ?? []), ...guarded]);
      seconds.set(name, (seconds.get(name) ?? 0) + (performance.now() - start) / 1000);
    }
  }
  const figures = [...rows].map(
    ([name, users]) => [name, summarise(users, seconds.get(name)!, 'onnx')] as const,
  );
  return Object.fromEntries(figures) as Partial<Record<ScenarioName, Figures>>;
}

/** The groups of a seed; the first seed's have the plain names. */
const prefixOf = (name: ScenarioName, seed: number, seeds: readonly number[]) =>
  seed === seeds[0] ? name : `${name}-seed${seed}`;

async function runScenario(
  request: DemoRequest,
  url: string,
  api: ApiClient,
  scenario: Scenario,
  seed: number,
): Promise<{ users: PersonFigures[]; groups: MethodGroups }> {
  request.say('');
  request.say(`${scenario.name}${request.seeds.length > 1 ? ` (seed ${seed})` : ''}: ${scenario.question}`);
  const groups = await prepareGroups(request, api, scenario, seed);
  request.progress(`${scenario.people.length} daemons are starting`);
  const watching = new AbortController();
  const watched = watchRounds(
    api,
    [...groups.values()],
    ({ group, round }) => request.progress(`${group} round ${round.number}: ${describeRound(round)}`),
    watching.signal,
  );
  try {
    await runDaemons({
      url,
      people: scenario.people,
      groups: [...groups.values()],
      baseModel: request.baseModel,
      folder: join(request.folder, 'people'),
      occasion: prefixOf(scenario.name, seed, request.seeds),
      seed,
      extra: ['--personalise-steps', String(steps.personalPart)],
      signal: request.signal,
    });
  } finally {
    watching.abort();
    await watched;
  }
  request.signal.throwIfAborted();
  return { users: await collectFigures(api, { people: scenario.people, groups, seed }), groups };
}

/** Newcomers join the completed groups of little-data; where nothing is shared they have a group of their own. */
async function prepareGroups(
  request: DemoRequest,
  api: ApiClient,
  scenario: Scenario,
  seed: number,
): Promise<MethodGroups> {
  const isNewcomer = scenario.name === 'newcomer';
  const own = await createMethodGroups(api, {
    prefix: prefixOf(scenario.name, seed, request.seeds),
    methods: methods.filter((method) => !isNewcomer || !isCollaborative(method)),
    task: { kind: 'classification', labels: scenario.labels, maxTokens: 24 },
    people: scenario.people.length,
    budget: isNewcomer ? { ...recipeBudget, rounds: steps.head / recipeBudget.steps } : recipeBudget,
    baseModel: request.baseModel,
    baseModelName: shippedModel,
    targets: defaultTargetsOf(shippedModel, 'classification'),
    seed,
  });
  if (!isNewcomer) return own;
  const joined = methods.map(
    (method) =>
      [method, own.get(method) ?? groupName(prefixOf('little-data', seed, request.seeds), method)] as const,
  );
  return new Map(joined);
}

function describeRound({ contributions, metrics }: Round): string {
  const loss = metrics.sharedLoss ?? metrics.personalLoss;
  return `${contributions} contributions${loss === undefined ? '' : `, loss ${loss.toFixed(3)}`}`;
}

async function showSimilarity(api: ApiClient, request: DemoRequest): Promise<DemoResult['similarity']> {
  if (!request.scenarios.includes('different-tasks')) return null;
  const group = groupName(prefixOf('different-tasks', request.seeds[0]!, request.seeds), 'core');
  return api.call('similarity', { params: { group }, query: { rounds: 3, suffix: '.B' } });
}
