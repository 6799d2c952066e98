// Texts to token ids by the base model's own tokenizer.json, cut to a limit. No network.
// Not here: how ids are cut and joined (token-cuts.ts), padding and batches (batches.ts).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BaseModel } from '@colora/models/base-model';
import type { Tokenizer } from '@huggingface/tokenizers';
import { TrainingError } from '../training-error.ts';
import { type ChatMessage, openChatTemplate } from './chat-template.ts';
import { renderChat } from './chat-turns.ts';
import { readTokenizer } from './read-tokenizer.ts';
import {
  aroundText,
  cutContent,
  type Encoded,
  type EncodedWords,
  encodeRendered,
  inPieces,
  joinCompletion,
  joinWords,
} from './token-cuts.ts';

export interface TextEncoder {
  /** One text with the special tokens its tokenizer adds; what is too long loses its end, never special tokens. */
  encodeText(text: string, maxTokens: number): Encoded;
  /** The same for a text that is already words. */
  encodeWords(words: readonly string[], maxTokens: number): EncodedWords;
  /**
   * A text to continue learning on: all tokens after the first are learnt, the end-of-text token included. What is
   * too long comes in pieces; each begins with the last token of the one before, so that every token is learnt once.
   */
  encodeDocument(text: string, maxTokens: number): Encoded[];
  /** Prompt and completion, tokenised apart; the completion (and the end of text) is learnt. What is too long
   * loses the start of the prompt first, then the end of the completion. */
  encodeCompletion(prompt: string, completion: string, maxTokens: number): Encoded;
  /**
   * A chat as the base model's chat template writes it; the assistant's answers are learnt, each with the end of its
   * turn. One text, or one an answer where the template wants it so (chat-turns.ts). What is too long loses its
   * start, then the end of its last answer. Throws TrainingError `wrong-task` where there is no template or it refuses.
   */
  encodeChat(messages: readonly ChatMessage[], maxTokens: number): Encoded[];
  /** A text to go on from, as encodeCompletion begins: nothing is cut, nothing follows it. */
  encodePrompt(text: string): number[];
  /** A chat that the assistant has to go on with; throws as encodeChat does. */
  encodeTurn(messages: readonly ChatMessage[]): number[];
  /** Without special tokens. */
  decode(ids: readonly number[]): string;
  /** Each of these ends what a language model writes. */
  readonly endIds: readonly number[];
}

/** Throws what readTokenizer does, and TrainingError `wrong-task` where the chat template can't be parsed. */
export async function openTokenizer(base: BaseModel): Promise<TextEncoder> {
  const tokenizer = await readTokenizer(base, await readJson(join(base.folder, 'tokenizer_config.json')));
  const plain = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const whole = (text: string) => tokenizer.encode(text).ids;
  const end = await endOfText(base, tokenizer);
  const template = await openChatTemplate(base.folder);
  return {
    encodeText: (text, maxTokens) => {
      const ids = whole(text);
      if (ids.length <= maxTokens) return { ids, truncated: false, learnt: [] };
      return { ids: cutContent(ids, plain(text), maxTokens), truncated: true, learnt: [] };
    },
    encodeWords: (words, maxTokens) => {
      const text = words.join(' ');
      const around = aroundText(whole(text), plain(text));
      return joinWords(
        words.map((word, i) => plain(i === 0 ? word : ` ${word}`)),
        around,
        maxTokens,
      );
    },
    encodeDocument: (text, maxTokens) => {
      const content = plain(text);
      return inPieces([...aroundText(whole(text), content).before, ...content, ...end], maxTokens);
    },
    encodeCompletion: (prompt, completion, maxTokens) => {
      const content = plain(prompt);
      return joinCompletion(
        aroundText(whole(prompt), content).before,
        content,
        [...plain(completion), ...end],
        maxTokens,
      );
    },
    encodeChat: (messages, maxTokens) => {
      if (template === null) throw noChatTemplate(base);
      return renderChat(template, messages).map((chat) => encodeRendered(chat, plain, maxTokens));
    },
    encodePrompt: (text) => {
      const content = plain(text);
      return [...aroundText(whole(text), content).before, ...content];
    },
    encodeTurn: (messages) => {
      if (template === null) throw noChatTemplate(base);
      return plain(template.render(messages, true));
    },
    decode: (ids) => (ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: true })),
    endIds: [...new Set([...end, ...(await generationEnds(base))])],
  };
}

/** generation_config.json may name more than one, as instruct models do: the end of a turn, and of a text. */
async function generationEnds({ folder }: BaseModel): Promise<number[]> {
  const files = await Promise.all(
    ['generation_config.json', 'config.json'].map((name) => readJson(join(folder, name))),
  );
  return files
    .flatMap(({ eos_token_id: ids }) => (Array.isArray(ids) ? (ids as unknown[]) : [ids]))
    .filter((id): id is number => Number.isInteger(id));
}

function noChatTemplate({ folder }: BaseModel): TrainingError {
  return new TrainingError(
    'wrong-task',
    `the base model in ${folder} has no chat template (chat_template.jinja, or chat_template in tokenizer_config.json), so it has not learnt to read messages; take an instruct model, or write the examples as prompt and completion`,
  );
}

async function readJson(path: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  } catch {
    return {}; // both files are optional
  }
}

async function endOfText(base: BaseModel, tokenizer: Tokenizer): Promise<number[]> {
  const { eos_token_id: fromConfig } = await readJson(join(base.folder, 'config.json'));
  if (typeof fromConfig === 'number') return [fromConfig];
  const { eos_token: token } = await readJson(join(base.folder, 'tokenizer_config.json'));
  const text = typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : token;
  const id = typeof text === 'string' ? tokenizer.token_to_id(text) : undefined;
  return id === undefined ? [] : [id];
}
