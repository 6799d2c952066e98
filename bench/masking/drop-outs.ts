// `npm run bench:drop-outs -- [--share 0.2] [--seeds 2]`: the demo's little-data through secure aggregation while a share of the members
// drops out of each round after sharing: their contributions come too late. Beside the same people without masks and
// without drop-outs. Real coordinator, clients and wire; who drops out is drawn by a seed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultTargetsOf } from '@colora/cli/adapter/default-targets';
import { shippedModel } from '@colora/cli/base-model/base-model-name';
import { resolveBaseModel } from '@colora/cli/base-model/resolve-base-model';
import { createTaskGroup } from '@colora/cli/create-group';
import { drawScenarios } from '@colora/cli/demo/scenarios';
import { readSentences } from '@colora/cli/demo/sentences';
import { methodSettings, recipeBudget } from '@colora/cli/experiment/methods';
import type { Person } from '@colora/cli/experiment/person';
import { startTrainers } from '@colora/cli/experiment/run-in-process';
import { estimate, pairedDifference } from '@colora/cli/experiment/statistics';
import { formatDifference } from '@colora/cli/experiment/table';
import { runClient } from '@colora/client/daemon';
import { buildCoordinator } from '@colora/coordinator/coordinator';
import { createApiClient } from '@colora/protocol/api-client';
import { seededRandom } from '@colora/tensors/random';
import { openGate } from '../../test/support/gate.ts';

const { values } = parseArgs({ options: { share: { type: 'string' }, seeds: { type: 'string' } } });
const share = Number(values.share ?? 0.2);
const seeds = Number(values.seeds ?? 1);
const deadlineSeconds = 30;

const folder = await mkdtemp(join(tmpdir(), 'colora-drop-outs-'));
const coordinator = await buildCoordinator({
  ...{ dataFolder: join(folder, 'coordinator'), host: '127.0.0.1', port: 0, logger: 'silent' },
  limits: { enrolmentsPerAddress: 1_000_000 },
});
const api = createApiClient(coordinator.url, () => coordinator.adminKey!);
const baseModel = (await resolveBaseModel(shippedModel)).folder;
const trainers = await startTrainers(baseModel, {});

/** Accuracy by person, and how many contributions were lost on the way. */
async function train(
  group: string,
  people: readonly Person[],
  labels: readonly string[],
  masked: boolean,
  seed: number,
) {
  const random = seededRandom(`drop-outs ${seed}`);
  const gone = new Set(
    Array.from({ length: recipeBudget.rounds }, (_, round) =>
      random
        .shuffle(people)
        .slice(0, masked ? Math.round(share * people.length) : 0)
        .map(({ name }) => `${name}/${round + 1}`),
    ).flat(),
  );
  const { head, adapter, training } = methodSettings(
    'core',
    defaultTargetsOf(shippedModel, 'classification'),
    recipeBudget,
  );
  const quorum = people.length - Math.round(share * people.length);
  await createTaskGroup(api, {
    ...{ name: group, access: 'open', baseModel, baseModelName: shippedModel },
    settings: {
      task: { kind: 'classification', labels: [...labels], maxTokens: 24, head, clusters: 'off' },
      ...{ adapter, training, seed },
      privacy: masked ? { clipNorm: 10, secureAggregation: { range: 1 } } : {},
      rounds: { count: recipeBudget.rounds, participants: people.length, quorum, deadlineSeconds },
    },
  });
  await api.call('startGroup', { params: { group } });
  let lost = 0;
  const outcomes = await Promise.all(
    people.map(async (person, index) => {
      const gate = await openGate(coordinator.url, async ({ line, way }) => {
        const [, round] = /^PUT .*\/rounds\/(\d+)\/contribution/.exec(line) ?? [];
        if (way !== 'in' || !gone.has(`${person.name}/${round}`)) return;
        lost += 1;
        await new Promise((later) => setTimeout(later, 1000 * deadlineSeconds)); // it comes too late
      });
      try {
        return await runClient({
          ...{
            url: gate.url,
            group,
            name: person.name,
            workspace: join(folder, group, person.name),
            baseModel,
          },
          ...{ examples: [...person.examples], heldOut: [...person.heldOut] },
          trainer: trainers[index % trainers.length]!,
          ...{ evaluate: 'end', seed: 'of-group', guard: false, signal: new AbortController().signal },
        });
      } finally {
        await gate.close();
      }
    }),
  );
  return { accuracies: outcomes.map(({ accuracy }) => accuracy!), lost };
}

try {
  const sentences = await readSentences();
  const plain: number[] = [];
  const masked: number[] = [];
  let lost = 0;
  for (let seed = 0; seed < seeds; seed += 1) {
    const { people, labels } = drawScenarios(sentences, seed)['little-data'];
    plain.push(...(await train(`plain-${seed}`, people, labels, false, seed)).accuracies);
    const run = await train(`masked-${seed}`, people, labels, true, seed);
    masked.push(...run.accuracies);
    lost += run.lost;
  }
  const percent = (numbers: readonly number[]) => {
    const { mean, standardError } = estimate(numbers);
    return `${(100 * mean).toFixed(1)} ± ${(100 * standardError).toFixed(1)} %`;
  };
  console.log(`readable, nobody drops out: ${percent(plain)}`);
  console.log(`masked, ${lost} contributions too late (${100 * share} % a round): ${percent(masked)}`);
  console.log(`paired: ${formatDifference(pairedDifference(masked, plain))} points`);
} finally {
  await Promise.all(trainers.map((trainer) => trainer.close()));
  await coordinator.close();
  await rm(folder, { recursive: true, force: true });
}
