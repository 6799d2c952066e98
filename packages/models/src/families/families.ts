// The table of model families by the `model_type` of a config.json. A new family is a file and a row here.

import type { ConfigObject } from '../config-fields.ts';
import { ModelError } from '../model-error.ts';
import type { ModelFamily } from '../model-family.ts';
import { bert } from './bert.ts';
import { distilbert } from './distilbert.ts';
import { gemma3Text } from './gemma3-text.ts';
import { gpt2 } from './gpt2.ts';
import { llama } from './llama.ts';
import { mistral } from './mistral.ts';
import { modernbert } from './modernbert.ts';
import { nearestFamily } from './nearest-family.ts';
import { qwen2 } from './qwen2.ts';
import { qwen3 } from './qwen3.ts';
import { roberta } from './roberta.ts';
import { useLite } from './use-lite.ts';

export const families: readonly ModelFamily[] = [
  bert,
  distilbert,
  gemma3Text,
  gpt2,
  llama,
  mistral,
  modernbert,
  qwen2,
  qwen3,
  roberta,
  useLite,
];

/**
 * The family of this `model_type`; ModelError `unknown-model-type` lists those there are and, where one is near, what
 * in `config` differs from it.
 */
export function findFamily(modelType: unknown, config: ConfigObject = {}): ModelFamily {
  const family = families.find((candidate) => candidate.modelType === modelType);
  if (family !== undefined) return family;
  const given =
    modelType === undefined
      ? 'is missing'
      : `is ${JSON.stringify(modelType)?.slice(0, 80)}, which is not known`;
  const known = families.map((candidate) => candidate.modelType).join(', ');
  const near = typeof modelType === 'string' ? nearestFamily(modelType, config, families) : '';
  throw new ModelError('unknown-model-type', `config.json: "model_type" ${given}; known: ${known}${near}`);
}
