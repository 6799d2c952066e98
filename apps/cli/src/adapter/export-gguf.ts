// What a workspace has learnt for llama.cpp and what is built on it: the whole model as one GGUF file, or the adapter alone,
// each with an Ollama Modelfile beside it. The formats of GGUF are the models package's (gguf/writing).
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Trained } from '@colora/client/trained';
import type { BaseModel } from '@colora/models/base-model';
import type { Precision } from '@colora/models/gguf/writing/planned-tensors';
import { type TokenizerSource, tokenizerFields } from '@colora/models/gguf/writing/tokenizer-fields';
import { ggufBytes, writeGgufAdapter, writeGgufModel } from '@colora/models/gguf/writing/write-model';
import { assertEmpty, assertRoom } from '@colora/models/new-folder';
import { ggufTokenizerSource } from '@colora/training/gguf-source';
import { openChatTemplate } from '@colora/training/text/chat-template';
import { foldTrained } from '../trained-model/fold-trained.ts';
import { UsageError } from '../usage-error.ts';
import { writeWholeFolder } from '../whole-folder.ts';
import {
  type AdapterExport,
  assertWrites,
  type Exported,
  exportedOf,
  openTrained,
} from './export-adapter.ts';
import { modelfileText } from './modelfile.ts';
import { ollamaTemplate } from './ollama-template.ts';

/** Writes model.gguf and Modelfile into a new folder. */
export async function exportGguf(
  request: AdapterExport & { readonly precision: Precision },
): Promise<Exported> {
  const { target, precision, only } = request;
  const { trained, base } = await openTrained(request);
  assertWrites(trained, 'gguf');
  await assertEmpty(target);
  const source = await ggufTokenizerSource(base);
  const tokenizer = tokenizerFields(source, base.family.vocabularySize(base.config));
  const bytes = ggufBytes(base, precision);
  const title = titleOf(trained);
  const model = { base, folded: foldTrained(trained, base, only), title };
  const files = await writeWholeFolder(target, '--out', async (folder) => {
    await assertRoom(folder, bytes);
    await writeGgufModel(join(folder, 'model.gguf'), model, { tokenizer, precision });
    const about = [title, 'ollama create NAME -f Modelfile'];
    await writeFile(
      join(folder, 'Modelfile'),
      await modelfile(base, source, { about, from: './model.gguf' }),
    );
    return ['model.gguf', 'Modelfile'];
  });
  return exportedOf(trained, files);
}

/** Writes adapter.gguf and Modelfile into a new folder. */
export async function exportGgufAdapter(request: AdapterExport): Promise<Exported> {
  const { target, only } = request;
  const { trained, base } = await openTrained(request);
  assertWrites(trained, 'gguf-lora');
  await assertEmpty(target);
  const folded = foldTrained(trained, base, only);
  if (folded.size === 0) throw new UsageError(`--format gguf-lora: ${trained.group.name} adapts no module`);
  const source = await ggufTokenizerSource(base);
  const title = titleOf(trained);
  const files = await writeWholeFolder(target, '--out', async (folder) => {
    await writeGgufAdapter(join(folder, 'adapter.gguf'), { base, folded, title });
    const about = [
      title,
      'base.gguf is the base model as GGUF, which is not in this folder: put it here, or write where it lies',
      'ollama create NAME -f Modelfile',
    ];
    const described = { about, from: './base.gguf', adapter: './adapter.gguf' };
    await writeFile(join(folder, 'Modelfile'), await modelfile(base, source, described));
    return ['adapter.gguf', 'Modelfile'];
  });
  return exportedOf(trained, files);
}

/** Of one line. */
function titleOf({ group, version }: Trained): string {
  const plain = (text: string) => text.replace(/\s+/g, ' ').slice(0, 200);
  return `${plain(group.settings.baseModel.name)}, ${plain(group.name)}, checkpoint ${version}`;
}

async function modelfile(
  { folder }: BaseModel,
  { tokenizer, around, special, endIds }: TokenizerSource,
  {
    about,
    from,
    adapter,
  }: { readonly about: readonly string[]; readonly from: string; readonly adapter?: string },
): Promise<string> {
  const template = await openChatTemplate(folder);
  const start = around.before.length > 0 ? (special.bos_token ?? '') : '';
  const added = tokenizer.added_tokens ?? [];
  return modelfileText({
    ...{ about, from },
    ...(adapter === undefined ? {} : { adapter }),
    template: template === null ? null : ollamaTemplate(template, start),
    stop: endIds.flatMap((end) => added.find(({ id }) => id === end)?.content ?? []),
  });
}
