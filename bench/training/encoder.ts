// A random encoder with 6 layers of width 384 on 8 x 128 tokens, adapters on queries and values, a head of 4 labels.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBaseModel } from '@colora/models/base-model';
import { families } from '@colora/models/families/families';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { seededRandom } from '@colora/tensors/random';
import { encode } from '@colora/tensors/safetensors/safetensors';
import type { Tensor } from '@colora/tensors/tensor';
import { modelParts } from '@colora/training/programs/model-parts';
import { makeStep, randomTensor, type Step } from './step.ts';

const shape = { size: 8, tokens: 128, targets: 0 };
const labels = ['0', '1', '2', '3'];
const config = {
  model_type: 'bert',
  architectures: ['BertModel'],
  vocab_size: 2000,
  hidden_size: 384,
  num_hidden_layers: 6,
  num_attention_heads: 12,
  intermediate_size: 1536,
  max_position_embeddings: 128,
  hidden_dropout_prob: 0,
  attention_probs_dropout_prob: 0,
};

/** The model's files and the step in this folder. */
export async function encoderStep(folder: string): Promise<Step> {
  const family = families.find(({ modelType }) => modelType === 'bert')!;
  const weights = family.weights(family.parseConfig(config));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, 'tokenizer.json'), '{}'); // only ids are used
  const named = weights.map(({ name, shape: dimensions }) => [name, weight(name, dimensions)] as const);
  writeFileSync(join(folder, 'model.safetensors'), encode(new Map(named), { metadata: { format: 'pt' } }));
  const base = await openBaseModel(folder);
  const settings = taskSettingsSchema.parse({
    baseModel: { name: 'bench', modelType: 'bert', fingerprint: base.fingerprint },
    task: { kind: 'classification', labels, maxTokens: shape.tokens, headScale: 1 },
    adapter: { layout: 'global', rank: 8, alpha: 8, targets: ['query', 'value'] },
  });
  const random = seededRandom('batch');
  const classes = Array.from({ length: shape.size }, () => random.integer(labels.length));
  const targets = new Float32Array(shape.size * labels.length);
  for (const [row, label] of classes.entries()) targets[row * labels.length + label] = 1;
  const ids = Int32Array.from({ length: shape.size * shape.tokens }, () => random.integer(config.vocab_size));
  const parts = modelParts(base, settings, labels);
  return makeStep('encoder-6x384-b8x128', parts, shape, { ids, targets: { targets }, classes }, folder);
}

function weight(name: string, dimensions: readonly number[]): Tensor {
  const deviation = dimensions.length === 1 ? 0.02 : 1 / Math.sqrt(dimensions.at(-1)!);
  const drawn = randomTensor(name, dimensions, deviation);
  return /LayerNorm\.weight$/.test(name) ? { ...drawn, data: drawn.data.map((value) => 1 + value) } : drawn;
}
