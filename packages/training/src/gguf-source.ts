// What GGUF has to be told of a base model's tokenizer, gathered from its files and from what its own library makes of them.
import type { BaseModel } from '@colora/models/base-model';
import type { TokenizerSource } from '@colora/models/gguf/writing/tokenizer-fields';
import { openChatTemplate, readChatTemplates } from './text/chat-template.ts';
import { readModelText } from './text/model-text.ts';
import { readTokenizer } from './text/read-tokenizer.ts';
import { readEndTokens, readSpecialTokens } from './text/special-tokens.ts';
import { turnEndOf } from './text/turn-end.ts';

/** Throws as openTokenizer does. */
export async function ggufTokenizerSource(base: BaseModel): Promise<TokenizerSource> {
  const { folder, tokenizerPath } = base;
  const { plain, decode, around, idOf } = await readTokenizer(base);
  const ends = await readEndTokens(folder, idOf);
  const template = await openChatTemplate(folder);
  const turnEnd = template === null ? [] : await turnEndOf(template, { plain, decode });
  return {
    tokenizer: JSON.parse(await readModelText(tokenizerPath)),
    special: await readSpecialTokens(folder),
    around,
    endIds: [...new Set([...ends.all, ...turnEnd])],
    templates: await readChatTemplates(folder),
  };
}
