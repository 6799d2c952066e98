// Bytes a round against accuracy and loss after a fixed number of rounds: the demo's people and recipe, trained by the
// real coordinator and real clients in this process, once for each way in which the shared tensors travel, everything
// else alike (data, seeds, batches). `up` is what one client sends in a round, `down` the checkpoint it is sent.
// Run: node --import tsx bench/wire.ts --json FILE [--seeds 0,1] [--scenario little-data] [--only int8/f32,f32/int8]
import { setMaxListeners } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultTargetsOf } from '@colora/cli/adapter/default-targets';
import { shippedModel } from '@colora/cli/base-model/base-model-name';
import { resolveBaseModel } from '@colora/cli/base-model/resolve-base-model';
import { createTaskGroup } from '@colora/cli/create-group';
import { type ScenarioName, scenarioNames } from '@colora/cli/demo/scenario-names';
import { drawScenarios, type Scenario } from '@colora/cli/demo/scenarios';
import { readSentences } from '@colora/cli/demo/sentences';
import { collectFigures } from '@colora/cli/experiment/collect-figures';
import { methodSettings, recipeBudget } from '@colora/cli/experiment/methods';
import { runInProcess, startTrainers, workspaceOf } from '@colora/cli/experiment/run-in-process';
import { type Estimate, estimate, pairedDifference } from '@colora/cli/experiment/statistics';
import { readTrained } from '@colora/client/trained';
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { type ApiClient, createApiClient } from '@colora/protocol/api-client';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import type { Trainer } from '@colora/training/trainer';
import { machine } from './report.ts';

type Wire = NonNullable<TaskSettingsInput['wire']>;

/** By name: `upload/download`. The first is what the others are compared with. */
const wires: Readonly<Record<string, Wire>> = {
  'f32/f32': {},
  'f16/f32': { upload: 'f16' },
  'bf16/f32': { upload: 'bf16' },
  'int8/f32': { upload: 'int8' },
  'top-k 0.1/f32': { upload: 'top-k', keep: 0.1 },
  'top-k 0.01/f32': { upload: 'top-k', keep: 0.01 },
  'f32/f16': { download: 'f16' },
  'f32/bf16': { download: 'bf16' },
  'f32/int8': { download: 'int8' },
  'bf16/bf16': { upload: 'bf16', download: 'bf16' },
  'int8/int8': { upload: 'int8', download: 'int8' },
  'top-k 0.1/int8': { upload: 'top-k', keep: 0.1, download: 'int8' },
};

interface Outcome {
  readonly up: number;
  readonly down: number;
  /** One a person and seed, in the same order under every wire. */
  readonly accuracy: number[];
  readonly loss: number[];
}

const { values: flags } = parseArgs({
  options: {
    json: { type: 'string' },
    seeds: { type: 'string', default: '0,1,2' },
    scenario: { type: 'string', default: 'different-meanings' },
    only: { type: 'string' },
  },
});
const scenarioName = scenarioNames.find((name) => name === flags.scenario);
if (scenarioName === undefined) throw new Error(`--scenario is one of ${scenarioNames.join(', ')}`);
const chosen = flags.only?.split(',') ?? Object.keys(wires);
const outcomes = await runAll(scenarioName, flags.seeds.split(',').map(Number), chosen);
print(outcomes);
if (flags.json !== undefined) write(flags.json, scenarioName, outcomes);

async function runAll(name: ScenarioName, seeds: readonly number[], chosen: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'colora-wire-'));
  const dataFolder = join(folder, 'coordinator');
  const limits = { enrolmentsPerAddress: 1_000_000 }; // all come from here
  const coordinator = await buildCoordinator({
    ...{ dataFolder, host: '127.0.0.1', port: 0, logger: 'silent' as const },
    limits,
  });
  const api = createApiClient(coordinator.url, () => coordinator.adminKey!);
  const baseModel = (await resolveBaseModel(shippedModel)).folder;
  const trainers = await startTrainers(baseModel, {});
  const outcomes = new Map<string, Outcome>();
  try {
    const sentences = await readSentences();
    for (const seed of seeds) {
      const scenario = drawScenarios(sentences, seed)[name];
      for (const wire of chosen) {
        const outcome = await runOne({ api, baseModel, folder, trainers, scenario, seed }, wire);
        outcomes.set(wire, added(outcomes.get(wire), outcome));
        console.log(`seed ${seed}, ${wire}: accuracy ${percent(outcome.accuracy)}`);
      }
    }
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.close()));
    await coordinator.close();
    await rm(folder, { recursive: true, force: true });
  }
  return outcomes;
}

interface Stage {
  readonly api: ApiClient;
  readonly baseModel: string;
  readonly folder: string;
  readonly trainers: readonly Trainer[];
  readonly scenario: Scenario;
  readonly seed: number;
}

async function runOne(stage: Stage, wire: string): Promise<Outcome> {
  const { api, baseModel, trainers, scenario, seed } = stage;
  const group = `seed${seed}-${wire.replaceAll(/[ /]/g, '-')}`;
  await createTaskGroup(api, {
    name: group,
    access: 'open',
    baseModel,
    settings: settingsOf(stage, wires[wire]!),
  });
  await api.call('startGroup', { params: { group } });
  const folder = join(stage.folder, 'people'); // a person is the same in every group
  const { people } = scenario;
  const { signal } = new AbortController();
  setMaxListeners(0, signal); // one for each person
  await runInProcess({ url: api.url, people, group, baseModel, folder, trainers, signal });
  const figuresOf = async (metric: 'accuracy' | 'heldOutLoss') =>
    (await collectFigures(api, { people, groups: new Map([['core', group]]), seed, metric })).map(
      ({ core }) => core!,
    );
  const { contributionList } = await api.call('showRound', { params: { group, round: recipeBudget.rounds } });
  const trained = await readTrained(workspaceOf(folder, people[0]!.name), group);
  return {
    up: estimate(contributionList.map(({ bytes }) => bytes)).mean,
    down: trained.group.checkpoint!.bytes,
    accuracy: await figuresOf('accuracy'),
    loss: await figuresOf('heldOutLoss'),
  };
}

function settingsOf({ scenario, seed }: Stage, wire: Wire): Omit<TaskSettingsInput, 'baseModel'> {
  const targets = defaultTargetsOf(shippedModel, 'classification');
  const { head, adapter, training } = methodSettings('core', targets, recipeBudget);
  const all = scenario.people.length;
  return {
    task: { kind: 'classification', labels: [...scenario.labels], maxTokens: 24, head },
    adapter,
    training,
    rounds: { count: recipeBudget.rounds, participants: all, quorum: all, deadlineSeconds: 3600 },
    wire,
    seed,
  };
}

function added(before: Outcome | undefined, { up, down, accuracy, loss }: Outcome): Outcome {
  return {
    up,
    down,
    accuracy: [...(before?.accuracy ?? []), ...accuracy],
    loss: [...(before?.loss ?? []), ...loss],
  };
}

function percent(values: readonly number[]): string {
  return points(estimate(values));
}

function points({ mean, standardError }: Estimate): string {
  return `${(100 * mean).toFixed(1)} ± ${(100 * standardError).toFixed(1)}`;
}

/** A Markdown table, as docs/tradeoffs.md holds it. */
function print(outcomes: ReadonlyMap<string, Outcome>): void {
  const reference = outcomes.get('f32/f32');
  console.log(`\n${machine()}\n`);
  console.log('| up / down | KB up | KB down | accuracy, % | against f32, points | held-out loss |');
  console.log('|---|---|---|---|---|---|');
  for (const [wire, { up, down, accuracy, loss }] of outcomes) {
    const cells = [
      wire.replace('/', ' / '),
      (up / 1000).toFixed(1),
      (down / 1000).toFixed(1),
      percent(accuracy),
      reference === undefined || wire === 'f32/f32'
        ? '-'
        : points(pairedDifference(accuracy, reference.accuracy)),
      estimate(loss).mean.toFixed(3),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function write(path: string, scenario: string, outcomes: ReadonlyMap<string, Outcome>): void {
  const results = [...outcomes].map(([implementation, { up, down, accuracy, loss }]) => ({
    case: `${scenario}-${recipeBudget.rounds}-rounds`,
    implementation,
    bytesUp: Math.round(up),
    bytesDown: down,
    accuracy: { ...estimate(accuracy), values: accuracy },
    heldOutLoss: { ...estimate(loss), values: loss },
  }));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ machine: machine(), results }, null, 2)}\n`);
}
