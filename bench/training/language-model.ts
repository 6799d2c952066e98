// SmolLM2-135M, or whatever language model COLORA_BENCH_LANGUAGE_MODEL names (a folder), on 4 x 128 tokens of which all
// but the first are learnt, adapters on queries and values.
import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { type BaseModel, openBaseModel } from '@colora/models/base-model';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { seededRandom } from '@colora/tensors/random';
import { elementCount } from '@colora/tensors/tensor';
import { modelParts } from '@colora/training/programs/model-parts';
import { makeStep, type Step } from './step.ts';

const [size, tokens] = [4, 128];

export async function languageModelStep(model: string, folder: string): Promise<Step> {
  mkdirSync(folder, { recursive: true });
  const base = await openBaseModel(model);
  const settings = taskSettingsSchema.parse({
    baseModel: { name: basename(model), modelType: base.modelType, fingerprint: base.fingerprint },
    task: { kind: 'causal-lm', maxTokens: tokens },
    adapter: { layout: 'global', rank: 8, alpha: 8, targets: ['q_proj', 'v_proj'] },
  });
  const random = seededRandom('batch');
  const vocabulary = base.family.vocabularySize(base.config);
  const ids = Int32Array.from({ length: size * tokens }, () => random.integer(vocabulary));
  const learnt = size * (tokens - 1);
  const targets = {
    rows: Int32Array.from(ids, (_, place) => place),
    targets: Int32Array.from(ids, (_, place) => (isLast(place) ? 0 : ids[place + 1]!)),
    weights: Float32Array.from(ids, (_, place) => (isLast(place) ? 0 : 1 / learnt)),
  };
  const shape = { size, tokens, targets: tokens };
  const name = `${base.modelType}-${Math.round(parameters(base) / 1e6)}M-b${size}x${tokens}`;
  return makeStep(name, modelParts(base, settings, []), shape, { ids, targets, classes: [] }, folder);
}

function parameters({ weights }: BaseModel): number {
  return weights.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/** The last token of a text has no next one. */
function isLast(place: number): boolean {
  return place % tokens === tokens - 1;
}
