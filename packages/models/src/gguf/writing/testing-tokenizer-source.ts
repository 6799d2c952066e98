// Test support: what is said of a converted GGUF folder's tokenizer, read from its files as they stand.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenizerSource } from './tokenizer-fields.ts';

interface Processor {
  readonly single: readonly { readonly SpecialToken?: { readonly id: string } }[];
  readonly special_tokens: Readonly<Record<string, { readonly ids: readonly number[] }>>;
}

export async function tokenizerSource(folder: string): Promise<TokenizerSource> {
  const read = async (name: string) => JSON.parse(await readFile(join(folder, name), 'utf8'));
  const tokenizer = await read('tokenizer.json');
  const { chat_template: template, ...special } = await read('tokenizer_config.json');
  const { single = [], special_tokens: ids = {} }: Partial<Processor> = tokenizer.post_processor ?? {};
  const idsOf = (parts: Processor['single']) =>
    parts.flatMap(({ SpecialToken: token }) => (token === undefined ? [] : ids[token.id]!.ids));
  const text = single.findIndex(({ SpecialToken: token }) => token === undefined);
  return {
    tokenizer,
    special,
    around: { before: idsOf(single.slice(0, text)), after: idsOf(single.slice(text)) },
    endIds: (await read('generation_config.json')).eos_token_id,
    templates: template === undefined ? {} : { default: template },
  };
}
