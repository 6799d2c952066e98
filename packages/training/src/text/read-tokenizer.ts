// The base model's tokenizer.json, read and held to the model: one of another model would give ids that the embedding
// has no row for. What is done with it is tokenizer.ts.
import { readFile } from 'node:fs/promises';
import type { BaseModel } from '@colora/models/base-model';
import { ModelError } from '@colora/models/model-error';
import { Tokenizer } from '@huggingface/tokenizers';

/** Throws ModelError `bad-tokenizer` on a file that is none, or whose vocabulary is larger than the model's. */
export async function readTokenizer(base: BaseModel, settings: object): Promise<Tokenizer> {
  const tokenizer = parse(base.tokenizerPath, await readFile(base.tokenizerPath, 'utf8'), settings);
  const rows = base.family.vocabularySize(base.config);
  // Added tokens aside: Gemma 3's text models list one for images that they have no row for.
  let largest = -1;
  for (const id of tokenizer.get_vocab(false).values()) if (id > largest) largest = id;
  if (largest < rows) return tokenizer;
  throw new ModelError(
    'bad-tokenizer',
    `${base.tokenizerPath} has ids up to ${largest}, but the model's vocabulary only ${rows} tokens: it is the ` +
      `tokenizer of another model; put this model's own tokenizer.json (and tokenizer_config.json) there`,
  );
}

function parse(path: string, text: string, settings: object): Tokenizer {
  try {
    return new Tokenizer(JSON.parse(text) as object, settings);
  } catch (cause) {
    throw new ModelError('bad-tokenizer', `${path} is no tokenizer that can be read; download it again`, {
      cause,
    });
  }
}
