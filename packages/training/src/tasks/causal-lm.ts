// A causal language model: which token comes next, in texts, completions of prompts or the answers of chats.
// Its forward pass and loss are causal-lm-program.ts.

import { type Fields, foundInstead, isGiven, textField } from '../rows/row-fields.ts';
import type { Chat, ChatMessage } from '../text/chat-template.ts';
import type { Encoded } from '../text/token-cuts.ts';
import type { TextEncoder } from '../text/tokenizer.ts';
import { DataError, type DataPlace } from '../training-error.ts';
import { countedTokens, type TokenTargets } from './encoded-example.ts';
import { outputOf } from './evaluated-batch.ts';
import { decoderOf } from './model-outputs.ts';
import type { SettingsOf, Task } from './task.ts';

interface CompletionExample {
  readonly prompt: string;
  readonly completion: string;
}
interface TextExample {
  readonly text: string;
}
type LanguageExample = CompletionExample | TextExample | Chat;

export const causalLm: Task<LanguageExample, SettingsOf<'causal-lm'>, never> = {
  answers: 'tokens',
  columns: { messages: 'structure', tools: 'structure', prompt: 'text', completion: 'text', text: 'text' },
  claims: () => true,
  readRow({ fields, place }) {
    if (isGiven(fields, 'messages')) {
      const messages = readMessages(fields.messages, place);
      const tools = readTools(fields.tools, place);
      return tools === null ? { messages } : { messages, tools };
    }
    if (isGiven(fields, 'prompt') || isGiven(fields, 'completion')) {
      return {
        prompt: textField(fields, 'prompt', place),
        completion: textField(fields, 'completion', place),
      };
    }
    if ('text' in fields) return { text: textField(fields, 'text', place) };
    throw new DataError(
      place,
      `needs the fields "prompt" and "completion", or the field "messages", or the field "text"${foundInstead(place)}`,
    );
  },
  fieldsOfText: ({ text }) => ({ text }),

  /** A text beside which something stands is another kind's: its answer would be lost. */
  isExample: (example) =>
    'prompt' in example || 'messages' in example || Object.keys(example).join() === 'text',
  needs: 'a text, a prompt and its completion, or messages',
  labelsOf: () => [],
  async encode(example, { encoder, maxTokens }) {
    const encoded = await encodeLanguage(example, encoder, maxTokens);
    return encoded.map((one) => ({
      ids: one.ids,
      truncated: one.truncated,
      label: -1,
      targets: nextTokens(one),
    }));
  },
  isJudged: () => true,

  passes: () => true,
  head: () => null,
  featureSize(base) {
    decoderOf(base);
    return 0;
  },

  figures(batches) {
    let losses = 0;
    let hits = 0;
    let tokens = 0;
    let exact = 0;
    let count = 0;
    for (const batch of batches) {
      const lossesHere = outputOf(batch, 'losses');
      const hitsHere = outputOf(batch, 'hits');
      batch.examples.forEach((example, row) => {
        losses += lossesHere[row]!;
        hits += hitsHere[row]!;
        tokens += countedTokens(example);
        if (hitsHere[row] === countedTokens(example)) exact += 1;
      });
      count += batch.examples.length;
    }
    return { accuracy: hits / tokens, loss: losses / tokens, exactMatch: exact / count };
  },
  predict: null,
};

function readMessages(value: unknown, place: DataPlace): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new DataError(
      place,
      'the field "messages" must be a list of at least one {"role": "…", "content": "…"}',
    );
  }
  const messages = value.map((message: unknown, index) => {
    const fields = typeof message === 'object' && message !== null ? (message as Fields) : {};
    return readMessage(fields, place, `messages[${index}].`);
  });
  if (messages.some(({ role }) => role === 'assistant')) return messages;
  throw new DataError(
    place,
    'no message has the role "assistant": those are the ones that are learnt, so there is nothing to learn here',
  );
}

/** Fields beside role and content are the chat template's to read (chat-template.ts); one that is null says nothing. */
function readMessage(fields: Fields, place: DataPlace, at: string): ChatMessage {
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  const others = Object.fromEntries(given.filter(([name]) => name !== 'role' && name !== 'content'));
  assertExact(others, place, at.slice(0, -1));
  const role = textField(fields, 'role', place, at);
  const calls = Array.isArray(others.tool_calls) && others.tool_calls.length > 0;
  const content = (fields.content ?? null) === null && calls ? null : readContent(fields, place, at);
  return { ...others, role, content };
}

/** A text, or a list of text parts that are one text. */
function readContent(fields: Fields, place: DataPlace, at: string): string {
  if (!Array.isArray(fields.content)) return textField(fields, 'content', place, at);
  const texts = fields.content.map((part: unknown, index) => {
    const { type, text } = typeof part === 'object' && part !== null ? (part as Fields) : {};
    if (type === 'text' && typeof text === 'string') return text;
    const what = typeof type === 'string' ? `of type ${JSON.stringify(type.slice(0, 40))}` : 'without a type';
    throw new DataError(
      place,
      `${at}content[${index}] is a part ${what}; only {"type": "text", "text": "…"} can be learnt`,
    );
  });
  return textField({ content: texts.join('') }, 'content', place, at);
}

function readTools(value: unknown, place: DataPlace): readonly unknown[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw new DataError(place, 'the field "tools" must be a list');
  assertExact(value, place, 'tools');
  return value.length === 0 ? null : value;
}

/** A whole number that is too long for a number is another one by now, and would be written as that. */
function assertExact(value: unknown, place: DataPlace, at: string): void {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new DataError(
      place,
      `${at} is a whole number with more digits than can be kept, and would be learnt as another one: write it as a text, in quotes`,
    );
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) assertExact(inner, place, `${at}.${name.slice(0, 40)}`);
}

async function encodeLanguage(
  example: LanguageExample,
  encoder: TextEncoder,
  maxTokens: number,
): Promise<Encoded[]> {
  if ('prompt' in example)
    return [await encoder.encodeCompletion(example.prompt, example.completion, maxTokens)];
  if ('messages' in example) return encoder.encodeChat(example, maxTokens);
  return encoder.encodeDocument(example.text, maxTokens);
}

function nextTokens({ ids, learnt }: Encoded): TokenTargets {
  const tokens = learnt.flatMap(({ from, to }) =>
    Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i),
  );
  return { positions: tokens.map((token) => token - 1), values: tokens.map((token) => ids[token]!) };
}
