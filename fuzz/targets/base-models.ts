// A base model as somebody else made it: a folder's config.json, tokenizer.json and header of weights, and GGUF files.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBaseModel } from '@colora/models/base-model';
import { convertGguf } from '@colora/models/gguf/convert-gguf';
import { openTokenizer } from '@colora/training/text/tokenizer';
import type { FuzzTarget } from '../target.ts';

const fixtures = fileURLToPath(new URL('../../packages/models/fixtures/', import.meta.url));
const models = ['tiny-llama', 'tiny-bert', 'tiny-gemma3-text', 'tiny-modernbert', 'tiny-gpt2'];

async function read(folder: string): Promise<void> {
  const tokenizer = await openTokenizer(await openBaseModel(folder));
  const { ids } = await tokenizer.encodeText('a film of words', 8);
  await tokenizer.decode(ids);
}

/** A file of a model's folder damaged, the others whole. */
async function fileOf(source: string, name: string, form: 'json' | 'safetensors', folder: string) {
  const own = join(folder, `${basename(source)}-${name}`);
  await cp(source, own, { recursive: true });
  return {
    name: `${name} of ${basename(source).replace(/-[0-9a-f]{16}$/, '')}`,
    form,
    corpus: [await readFile(join(source, name))],
    async read(bytes: Uint8Array) {
      await writeFile(join(own, name), bytes);
      await read(own);
    },
  };
}

export async function openBaseModelTargets(folder: string): Promise<FuzzTarget[]> {
  const targets: FuzzTarget[] = [];
  for (const model of models)
    targets.push(await fileOf(join(fixtures, model), 'config.json', 'json', folder));
  targets.push(await fileOf(join(fixtures, 'tiny-llama'), 'tokenizer.json', 'json', folder));
  targets.push(await fileOf(join(fixtures, 'tiny-bert'), 'model.safetensors', 'safetensors', folder));
  for (const name of ['llama', 'gpt2', 'gemma3']) {
    const sound = join(fixtures, 'gguf', `${name}.gguf`);
    const converted = await convertGguf(sound, join(folder, 'sound'));
    targets.push(await fileOf(converted, 'tokenizer.json', 'json', folder));
    const [file, cache] = [join(folder, `${name}.gguf`), join(folder, `${name}-converted`)];
    let tries = 0;
    targets.push({
      name: `a GGUF file, ${name}`,
      form: 'bytes',
      corpus: [await readFile(sound)],
      async read(bytes) {
        await writeFile(file, bytes);
        tries += 1; // what was converted before at the same moment is not taken for it
        await read(await convertGguf(file, `${cache}-${tries}`));
      },
    });
  }
  return targets;
}
