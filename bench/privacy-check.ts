// What can be read out of one member's first update, measured by `colora privacy check`'s own code: on the demo's people with 16, 32 and
// 64 sentences and the shipped model, and, with --language-model, on the same sentences as texts. Means over seeds: another person's
// sentences, another start, other batches. The errors shown are of the means, by the spread of the seeds.
// Run: node --import tsx bench/privacy-check.ts [--seeds 3] [--noise 0.05,0.5] [--language-model FOLDER] [--examples 24]
import { parseArgs } from 'node:util';
import { defaultTargetsOf } from '@colora/cli/adapter/default-targets';
import { shippedModel } from '@colora/cli/base-model/base-model-name';
import { resolveBaseModel } from '@colora/cli/base-model/resolve-base-model';
import { drawScenarios } from '@colora/cli/demo/scenarios';
import { readSentences } from '@colora/cli/demo/sentences';
import { methodSettings, recipeBudget } from '@colora/cli/experiment/methods';
import type { Person } from '@colora/cli/experiment/person';
import { checkPrivacy, type SeenFigures } from '@colora/client/privacy-check/check-privacy';
import { openBaseModel } from '@colora/models/base-model';
import {
  type TaskSettings,
  type TaskSettingsInput,
  taskSettingsSchema,
} from '@colora/protocol/task-settings';
import { initialShared } from '@colora/training/learning/initial-checkpoint';
import type { Example } from '@colora/training/tasks/tasks';
import { startTrainer } from '@colora/training/trainer';
import { machine } from './report.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    noise: { type: 'string', default: '0.05,0.5' },
    members: { type: 'string', default: '4' },
    'language-model': { type: 'string' },
    examples: { type: 'string', default: '24' },
  },
});
const language = values['language-model'];
const noises = values.noise.split(',').map(Number);
const members = Number(values.members);
const baseModel = language ?? (await resolveBaseModel(shippedModel)).folder;
const { modelType, fingerprint } = await openBaseModel(baseModel);
const sentences = await readSentences();
const trainer = await startTrainer({ threads: 2 });
const asText = (examples: Person['examples']): Example[] =>
  (examples as readonly { text: string }[]).map(({ text }) => ({ text }));

function settingsOf(seed: number, noiseMultiplier: number): TaskSettings {
  const privacy = { clipNorm: 1, noiseMultiplier, minMembers: 1 };
  const rest = { baseModel: { name: modelType, modelType, fingerprint }, privacy, seed };
  const budget = { ...recipeBudget };
  if (language !== undefined) {
    const settings: TaskSettingsInput = {
      ...rest,
      task: { kind: 'causal-lm', maxTokens: 48 },
      adapter: { targets: [...defaultTargetsOf(modelType, 'causal-lm')] },
      training: { personalSteps: 4, sharedSteps: 4, batchSize: 8 },
    };
    return taskSettingsSchema.parse(settings);
  }
  const targets = defaultTargetsOf(shippedModel, 'classification');
  const { head, adapter, training } = methodSettings('core', targets, budget);
  const task = { kind: 'classification' as const, labels: ['bad', 'good'], maxTokens: 24, head };
  return taskSettingsSchema.parse({ ...rest, task, adapter, training });
}

async function check(count: number, seed: number, noise: number): Promise<readonly SeenFigures[]> {
  const scenarios = drawScenarios(sentences, seed);
  const everybody = [...scenarios['little-data'].people, ...scenarios.newcomer.people];
  const person = everybody.find(({ examples }) => examples.length >= count)!;
  const same = everybody.filter(({ group, name }) => group === person.group && name !== person.name);
  const of = (examples: Person['examples']): Example[] =>
    language === undefined ? [...examples] : asText(examples);
  const settings = settingsOf(seed, noise);
  const group = {
    ...{ name: 'bench', createdAt: '2026-01-01T00:00:00.000Z', settings },
    ...{ labels: [], data: null, checkpoint: null, place: null },
  };
  const shared = await initialShared(baseModel, settings, seed);
  const { rows } = await checkPrivacy({
    start: { group, version: 0, round: 1, shared, rows: new Map(), together: null, personal: null },
    ...{ baseModel, trainer, members, most: 64, seed, canaries: [] },
    examples: of(person.examples).slice(0, count),
    heldOut: of(person.heldOut),
    others: same.flatMap(({ examples }) => of(examples)),
  });
  return rows;
}

const names: Record<SeenFigures['as'], (noise: number) => string> = {
  plain: () => 'the update',
  'as-set': (noise) => `clipped to 1, noise ${noise}`,
  sum: () => `a sum of ${members}`,
  'sum-as-set': (noise) => `a sum of ${members}, each clipped to 1, noise ${noise}`,
};

function meanText(numbers: readonly number[]): string {
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const spread = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / Math.max(1, numbers.length - 1);
  return `${mean.toFixed(2)} ± ${Math.sqrt(spread / numbers.length).toFixed(2)}`;
}

console.log(`${machine()}\n`);
console.log(
  '| examples | what is seen | examples told apart (AUC) | label counts off by (an even guess) | canaries told apart (AUC) | exposure, of 5 bits |',
);
console.log('|---|---|---|---|---|---|');
for (const count of language === undefined ? [16, 32, 64] : [Number(values.examples)]) {
  const found = new Map<string, SeenFigures[]>();
  for (const noise of noises)
    for (let seed = 0; seed < Number(values.seeds); seed += 1)
      for (const row of await check(count, seed, noise)) {
        if (noise !== noises[0] && ['plain', 'sum'].includes(row.as)) continue; // noise is put on afterwards
        const name = names[row.as](noise);
        found.set(name, [...(found.get(name) ?? []), row]);
        console.error(JSON.stringify({ count, seed, name, ...row }));
      }
  for (const [name, rows] of found) {
    const labels = rows.flatMap((row) => row.labels ?? []);
    const canaries = rows.flatMap((row) => row.canaries ?? []);
    const cells = [
      ...[count, name, meanText(rows.map(({ examples }) => examples.auc))],
      labels.length === 0
        ? '-'
        : `${meanText(labels.map(({ error }) => error))} (${meanText(labels.map(({ errorOfChance }) => errorOfChance))})`,
      canaries.length === 0 ? '-' : meanText(canaries.map(({ auc }) => auc)),
      canaries.length === 0 ? '-' : meanText(canaries.map(({ exposure }) => exposure)),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
await trainer.close();
