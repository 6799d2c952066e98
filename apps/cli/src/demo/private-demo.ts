// `colora demo --private`: the people of little-data train the same model three times, with updates that the coordinator can read, with
// updates of which it can read the sum alone, and with a privacy budget; and what such a budget is to a thousand people. Coordinator
// and clients are real and in this process.
import { join } from 'node:path';
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { gaussian } from '@colora/privacy/accounting/gaussian';
import { noiseForBudget } from '@colora/privacy/accounting/noise-for-budget';
import { createApiClient } from '@colora/protocol/api-client';
import type { TaskSettingsInput } from '@colora/protocol/task-settings';
import { seededRandom } from '@colora/tensors/random';
import { defaultTargetsOf } from '../adapter/default-targets.ts';
import { shippedModel } from '../base-model/base-model-name.ts';
import { createTaskGroup } from '../create-group.ts';
import { methodSettings, recipeBudget } from '../experiment/methods.ts';
import type { Person } from '../experiment/person.ts';
import { runInProcess, startTrainers } from '../experiment/run-in-process.ts';
import { estimate, pairedDifference } from '../experiment/statistics.ts';
import { alignColumns, formatDifference } from '../experiment/table.ts';
import { reviewFeatures } from './review-features.ts';
import { drawScenarios } from './scenarios.ts';
import { readSentences } from './sentences.ts';
import { accuracyOf, heldOut, simulatedRounds } from './simulated-people.ts';

export interface PrivateDemoRequest {
  /** An empty or new folder: database and workspaces. */
  readonly folder: string;
  readonly baseModel: string;
  readonly seeds: readonly number[];
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One way to keep an update to oneself. */
interface Way {
  readonly name: string;
  readonly about: string;
  readonly privacy: NonNullable<TaskSettingsInput['privacy']>;
}

/** Above what anybody sends in this task: it cuts nothing. Nor does the range, over which the whole numbers are spread. */
const clipNorm = 10;

const ways: readonly Way[] = [
  { name: 'readable', about: 'each update is seen by the coordinator', privacy: {} },
  {
    name: 'masked',
    about: 'secure aggregation: it sees the sum of all alone',
    privacy: { clipNorm, secureAggregation: { range: 1 } },
  },
  {
    name: 'budget',
    about: 'secure aggregation, and epsilon 8 at delta 1e-5 for all rounds together',
    privacy: {
      clipNorm: 1,
      secureAggregation: {},
      mechanism: 'distributed',
      epsilon: 8,
      delta: 1e-5,
      minMembers: 1,
    },
  },
];

/** Held-out accuracy by way, of each person and seed in the same order. */
export type PrivateFigures = Readonly<Record<string, readonly number[]>>;

export async function runPrivateDemo(request: PrivateDemoRequest): Promise<PrivateFigures> {
  const coordinator = await buildCoordinator({
    ...{
      dataFolder: join(request.folder, 'coordinator'),
      host: '127.0.0.1',
      port: 0,
      logger: 'silent' as const,
    },
    limits: { enrolmentsPerAddress: 1_000_000 }, // all come from here
  });
  const trainers = await startTrainers(request.baseModel, {}, request.signal);
  const figures: Record<string, number[]> = {};
  try {
    const api = createApiClient(coordinator.url, () => coordinator.adminKey!);
    const sentences = await readSentences();
    for (const seed of request.seeds) {
      const { people, labels } = drawScenarios(sentences, seed)['little-data'];
      for (const { name, privacy } of ways) {
        request.progress(
          `${name}: ${people.length} people train${request.seeds.length > 1 ? ` (seed ${seed})` : ''}`,
        );
        const group = `${name}-seed${seed}`;
        await createTaskGroup(api, {
          ...{ name: group, access: 'open', baseModel: request.baseModel, baseModelName: shippedModel },
          settings: settingsOf(people, labels, privacy, seed),
        });
        await api.call('startGroup', { params: { group } });
        const outcomes = await runInProcess({
          ...{ url: coordinator.url, people, group, baseModel: request.baseModel, trainers },
          folder: join(request.folder, 'people'),
          signal: request.signal,
        });
        figures[name] = [...(figures[name] ?? []), ...outcomes.map(({ accuracy }) => accuracy!)];
      }
    }
    return figures;
  } finally {
    await Promise.all(trainers.map((trainer) => trainer.close()));
    await coordinator.close();
  }
}

function settingsOf(
  people: readonly Person[],
  labels: readonly string[],
  privacy: Way['privacy'],
  seed: number,
): Omit<TaskSettingsInput, 'baseModel'> {
  const { head, adapter, training } = methodSettings(
    'core',
    defaultTargetsOf(shippedModel, 'classification'),
    recipeBudget,
  );
  const { length } = people;
  return {
    task: { kind: 'classification', labels: [...labels], maxTokens: 24, head, clusters: 'off' },
    ...{ adapter, training, privacy, seed },
    rounds: { count: recipeBudget.rounds, participants: length, quorum: length, deadlineSeconds: 600 },
  };
}

/** What it shows, as lines. */
export function privateTable(figures: PrivateFigures): string[] {
  const plain = figures.readable!;
  const rows = ways.map(({ name, about }) => {
    const { mean, standardError } = estimate(figures[name]!);
    const own = `${(100 * mean).toFixed(1)} ± ${(100 * standardError).toFixed(1)}`;
    const difference = name === 'readable' ? '' : formatDifference(pairedDifference(figures[name]!, plain));
    return [`${name}: ${about}`, own, difference];
  });
  return alignColumns([['held-out accuracy, %', 'everybody', 'minus readable'], ...rows]);
}

/** What the same budget is to simulated people, as lines: central and distributed noise are alike in this. */
export async function simulatedLines(): Promise<string[]> {
  const reviews = await reviewFeatures();
  const noiseMultiplier = noiseForBudget({ epsilon: 8, delta: 1e-5 }, simulatedRounds, gaussian)!;
  const accuracies = (people: number, noise: number) =>
    Array.from({ length: 3 }, (_, draw) => {
      const random = seededRandom(`${people} ${draw}`);
      const dealt = random.shuffle(reviews);
      const texts = [dealt.slice(heldOut), dealt.slice(0, heldOut)] as const;
      return accuracyOf(
        { people, mechanism: noise === 0 ? 'none' : 'central', noiseMultiplier: noise },
        texts,
        random,
      );
    });
  const rows = [12, 1000].map((people) => [
    `${people.toLocaleString('en')} people, six sentences each`,
    ...[0, noiseMultiplier].map((noise) => (100 * estimate(accuracies(people, noise)).mean).toFixed(1)),
  ]);
  return alignColumns([['simulated, a head of 513 values, %', 'no noise', 'epsilon 8'], ...rows]);
}
