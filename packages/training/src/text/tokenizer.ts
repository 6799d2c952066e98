// Texts to token ids by the base model's own tokenizer.json, cut to a limit. No network.
// Not here: how ids are cut and joined (token-cuts.ts), padding and batches (batches.ts).
import type { BaseModel } from '@colora/models/base-model';
import { TrainingError } from '../training-error.ts';
import { type Chat, type ChatMessage, openChatTemplate } from './chat-template.ts';
import { renderChat } from './chat-turns.ts';
import { readTokenizer } from './read-tokenizer.ts';
import { readEndTokens } from './special-tokens.ts';
import {
  cutContent,
  type Encoded,
  type EncodedWords,
  encodeRendered,
  inPieces,
  joinCompletion,
  joinWords,
  withoutEnd,
  withoutStart,
} from './token-cuts.ts';
import { turnEndOf } from './turn-end.ts';

/**
 * Special tokens that a text brings itself are not put around it a second time.
 * All throw TrainingError `no-token` for a text that has a token without a row in the embedding, or none at all.
 */
export interface TextEncoder {
  /** One text with the special tokens its tokenizer adds; what is too long loses its end, never special tokens. */
  encodeText(text: string, maxTokens: number): Promise<Encoded>;
  /** The same for a text that is already words. */
  encodeWords(words: readonly string[], maxTokens: number): Promise<EncodedWords>;
  /**
   * A text to continue learning on: all tokens after the first are learnt, the end-of-text token included. What is
   * too long comes in pieces; each begins with the last token of the one before, so that every token is learnt once.
   */
  encodeDocument(text: string, maxTokens: number): Promise<Encoded[]>;
  /**
   * Prompt and completion joined as they stand, their tokens apart as they are when the completion is written; it (and
   * the end of text) is learnt. What is too long loses the start of the prompt first, then the end of the completion.
   */
  encodeCompletion(prompt: string, completion: string, maxTokens: number): Promise<Encoded>;
  /**
   * A chat as the base model's chat template writes it; the assistant's answers are learnt, each with the end of its
   * turn. One text, or one an answer where the template wants it so (chat-turns.ts). What is too long loses its
   * start, then the end of its last answer. Throws TrainingError `wrong-task` where there is no template or it refuses.
   */
  encodeChat(chat: Chat, maxTokens: number): Promise<Encoded[]>;
  /** A text to go on from, as encodeCompletion begins: nothing is cut, nothing follows it. */
  encodePrompt(text: string): Promise<number[]>;
  /** A chat that the assistant has to go on with; throws as encodeChat does. */
  encodeTurn(messages: readonly ChatMessage[]): Promise<number[]>;
  /** Without special tokens. */
  decode(ids: readonly number[]): Promise<string>;
  /** Each of these ends what a language model writes. */
  readonly endIds: readonly number[];
}

/** Throws what readTokenizer does, and TrainingError `wrong-task` where the chat template can't be parsed. */
export async function openTokenizer(base: BaseModel): Promise<TextEncoder> {
  const { plain, continuing, around, decode, idOf } = await readTokenizer(base);
  const ends = await readEndTokens(base.folder, idOf);
  const end = ends.text === null ? [] : [ends.text];
  const template = await openChatTemplate(base.folder);
  const turnEnd = template === null ? [] : await turnEndOf(template, { plain, decode });
  const started = async (text: string) => withoutStart(await plain(text), around.before);
  return {
    encodeText: async (text, maxTokens) =>
      cutContent(withoutEnd(await started(text), around.after), around, maxTokens),
    encodeWords: async (words, maxTokens) => {
      const ids: number[][] = [];
      for (const word of words) ids.push(ids.length === 0 ? await plain(word) : await continuing(` ${word}`));
      return joinWords(ids, around, maxTokens);
    },
    encodeDocument: async (text, maxTokens) =>
      inPieces([...around.before, ...withoutEnd(await started(text), end), ...end], maxTokens),
    encodeCompletion: async (prompt, completion, maxTokens) => {
      const content = await started(prompt);
      const learnt = content.length === 0 ? await started(completion) : await continuing(completion);
      return joinCompletion(around.before, content, [...withoutEnd(learnt, end), ...end], maxTokens);
    },
    encodeChat: async (chat, maxTokens) => {
      if (template === null) throw noChatTemplate(base);
      const encoded: Encoded[] = [];
      for (const rendered of renderChat(template, chat))
        encoded.push(await encodeRendered(rendered, { plain, continuing }, maxTokens));
      return encoded;
    },
    encodePrompt: async (text) => [...around.before, ...(await started(text))],
    encodeTurn: async (messages) => {
      if (template === null) throw noChatTemplate(base);
      return plain(template.render({ messages }, { forAnswer: true, date: 'today' }));
    },
    decode,
    endIds: [...new Set([...ends.all, ...turnEnd])],
  };
}

function noChatTemplate({ folder }: BaseModel): TrainingError {
  return new TrainingError(
    'wrong-task',
    `the base model in ${folder} has no chat template (chat_template.jinja, or chat_template in tokenizer_config.json), so it has not learnt to read messages; take an instruct model, or write the examples as prompt and completion`,
  );
}
