// What `colora serve` answers, in the shapes of OpenAI's API: models, chats and completions, whole or in chunks.
import type { TokenLogprob, WrittenToken } from '@colora/training/generation/token-logprobs';
import type { Generation } from '@colora/training/trainer';
import type { Writing } from './requests.ts';

export interface ListedModel {
  readonly id: string;
  /** When what it knows was last changed, in seconds since 1970. */
  readonly created: number;
  /** For people: what it is. */
  readonly about: string;
}

export function modelsBody(models: readonly ListedModel[]) {
  return {
    object: 'list',
    data: models.map(({ id, created, about }) => ({
      id,
      object: 'model',
      created,
      owned_by: 'colora',
      description: about,
    })),
  };
}

/** Tokens that are told of, and where in the text the first of them begins; null where none were asked for. */
export interface Told {
  readonly tokens: readonly WrittenToken[];
  readonly offset: number;
}

/** How one kind of request is answered. */
export interface AnswerForm {
  whole(head: AnswerHead, written: Generation, told: Told | null): object;
  /** The first chunk, before any text; null where there is none. */
  first(head: AnswerHead): object | null;
  piece(head: AnswerHead, text: string, told: Told | null): object;
  last(head: AnswerHead, written: Generation): object;
  /** Where usage is asked for, behind the last. */
  usage(head: AnswerHead, written: Generation): object;
}

export interface AnswerHead {
  readonly id: string;
  readonly created: number;
  readonly model: string;
}

export const chatForm: AnswerForm = {
  whole: (head, written, told) => ({
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: written.text, refusal: null },
        logprobs: chatLogprobs(told),
        finish_reason: reasonOf(written),
      },
    ],
    usage: usageOf(written),
  }),
  first: (head) => chatChunk(head, { role: 'assistant', content: '' }),
  piece: (head, text, told) => chatChunk(head, { content: text }, null, told),
  last: (head, written) => chatChunk(head, {}, reasonOf(written)),
  usage: (head, written) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [],
    usage: usageOf(written),
  }),
};

export const completionForm: AnswerForm = {
  whole: (head, written, told) => ({
    ...completion(head, written.text, reasonOf(written), told),
    usage: usageOf(written),
  }),
  first: () => null,
  piece: (head, text, told) => completion(head, text, null, told),
  last: (head, written) => completion(head, '', reasonOf(written)),
  usage: (head, written) => ({
    ...head,
    object: 'text_completion',
    choices: [],
    usage: usageOf(written),
  }),
};

function chatChunk(head: AnswerHead, delta: object, reason: string | null = null, told: Told | null = null) {
  return {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: chatLogprobs(told), finish_reason: reason }],
  };
}

function completion(head: AnswerHead, text: string, reason: string | null, told: Told | null = null) {
  return {
    ...head,
    object: 'text_completion',
    choices: [{ index: 0, text, logprobs: completionLogprobs(told), finish_reason: reason }],
  };
}

function chatLogprobs(told: Told | null) {
  if (told === null) return null;
  const content = told.tokens.map(({ top, ...token }) => ({
    ...chatLogprob(token),
    top_logprobs: top.map(chatLogprob),
  }));
  return { content, refusal: null };
}

/** Bytes are null where the token is part of a character, which no text is. */
function chatLogprob({ text, logprob }: TokenLogprob) {
  return { token: text, logprob, bytes: text.includes('\ufffd') ? null : [...Buffer.from(text)] };
}

function completionLogprobs(told: Told | null) {
  if (told === null) return null;
  let at = told.offset;
  const offsets = told.tokens.map(({ text }) => {
    at += text.length;
    return at - text.length;
  });
  return {
    tokens: told.tokens.map(({ text }) => text),
    token_logprobs: told.tokens.map(({ logprob }) => logprob),
    // of several tokens that look alike, as parts of characters do, the likeliest
    top_logprobs: told.tokens.map(({ top }) =>
      Object.fromEntries(top.map(({ text, logprob }) => [text, logprob] as const).reverse()),
    ),
    text_offset: offsets,
  };
}

function reasonOf({ finish }: Generation): 'stop' | 'length' {
  return finish === 'end' || finish === 'stop' ? 'stop' : 'length';
}

function usageOf({ tokens, promptTokens }: Generation) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: tokens,
    total_tokens: promptTokens + tokens,
  };
}

/** `kind`: what its id begins with. */
export function headOf({ model }: Pick<Writing, 'model'>, kind: 'chatcmpl' | 'cmpl', id: string): AnswerHead {
  return { id: `${kind}-${id}`, created: Math.floor(Date.now() / 1000), model };
}
