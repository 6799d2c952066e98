// What `colora serve` answers, in the shapes of OpenAI's API: models, chats and completions, whole or in chunks.
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

/** How one kind of request is answered. */
export interface AnswerForm {
  whole(head: AnswerHead, written: Generation): object;
  /** The first chunk, before any text; null where there is none. */
  first(head: AnswerHead): object | null;
  piece(head: AnswerHead, text: string): object;
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
  whole: (head, written) => ({
    ...head,
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: written.text, refusal: null },
        logprobs: null,
        finish_reason: reasonOf(written),
      },
    ],
    usage: usageOf(written),
  }),
  first: (head) => chatChunk(head, { role: 'assistant', content: '' }),
  piece: (head, text) => chatChunk(head, { content: text }),
  last: (head, written) => chatChunk(head, {}, reasonOf(written)),
  usage: (head, written) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [],
    usage: usageOf(written),
  }),
};

export const completionForm: AnswerForm = {
  whole: (head, written) => ({
    ...completion(head, written.text, reasonOf(written)),
    usage: usageOf(written),
  }),
  first: () => null,
  piece: (head, text) => completion(head, text, null),
  last: (head, written) => completion(head, '', reasonOf(written)),
  usage: (head, written) => ({
    ...head,
    object: 'text_completion',
    choices: [],
    usage: usageOf(written),
  }),
};

function chatChunk(head: AnswerHead, delta: object, reason: string | null = null) {
  return {
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  };
}

function completion(head: AnswerHead, text: string, reason: string | null) {
  return {
    ...head,
    object: 'text_completion',
    choices: [{ index: 0, text, logprobs: null, finish_reason: reason }],
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
