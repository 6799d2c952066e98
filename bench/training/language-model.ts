// A language model's step: the model of a folder on random tokens of which all but the first of a text are learnt. As it is
// asked for: 4 x 128 tokens, adapters of rank 8 on queries and values.
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { openBaseModel, parameterCount } from '@colora/models/base-model';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { seededRandom } from '@colora/tensors/random';
import { modelParts } from '@colora/training/programs/model-parts';
import { makeStep, type Step } from './step.ts';

export interface LanguageModelBatch {
  /** Texts, and the tokens of each. */
  readonly size: number;
  readonly tokens: number;
  readonly rank: number;
  /** As a group's settings name them. */
  readonly targets: readonly string[];
}

const usual: LanguageModelBatch = { size: 4, tokens: 128, rank: 8, targets: ['q_proj', 'v_proj'] };

export async function languageModelStep(
  model: string,
  folder: string,
  { size, tokens, rank, targets: adapted }: LanguageModelBatch = usual,
): Promise<Step> {
  mkdirSync(folder, { recursive: true });
  const base = await openBaseModel(model);
  const settings = taskSettingsSchema.parse({
    baseModel: { name: basename(model), modelType: base.modelType, fingerprint: base.fingerprint },
    task: { kind: 'causal-lm', maxTokens: tokens },
    adapter: { layout: 'global', rank, alpha: rank, targets: [...adapted] },
  });
  const random = seededRandom('batch');
  const vocabulary = base.family.vocabularySize(base.config);
  const ids = Int32Array.from({ length: size * tokens }, () => random.integer(vocabulary));
  const learnt = size * (tokens - 1);
  const isLast = (place: number) => place % tokens === tokens - 1; // and has no next one
  const targets = {
    rows: Int32Array.from(ids, (_, place) => place),
    targets: Int32Array.from(ids, (_, place) => (isLast(place) ? 0 : ids[place + 1]!)),
    weights: Float32Array.from(ids, (_, place) => (isLast(place) ? 0 : 1 / learnt)),
  };
  const shape = { size, tokens, targets: tokens };
  const name = `${base.modelType}-${Math.round(parameterCount(base) / 1e6)}M-b${size}x${tokens}`;
  return makeStep(name, modelParts(base, settings, []), shape, { ids, targets, classes: [] }, folder);
}
