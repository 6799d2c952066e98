// A causal language model: which token comes next, in texts, completions of prompts or the answers of chats.
// Its forward pass and loss are causal-lm-program.ts.
import type { ChatMessage } from '../text/chat-template.ts';
import type { Encoded } from '../text/token-cuts.ts';
import type { TextEncoder } from '../text/tokenizer.ts';
import { DataError, type DataPlace } from '../training-error.ts';
import { countedTokens, type TokenTargets } from './encoded-example.ts';
import { outputOf } from './evaluated-batch.ts';
import { decoderOf } from './model-outputs.ts';
import { type Fields, textField } from './row-fields.ts';
import type { SettingsOf, Task } from './task.ts';

interface CompletionExample {
  readonly prompt: string;
  readonly completion: string;
}
interface TextExample {
  readonly text: string;
}
interface ChatExample {
  readonly messages: readonly ChatMessage[];
}
type LanguageExample = CompletionExample | TextExample | ChatExample;

export const causalLm: Task<LanguageExample, SettingsOf<'causal-lm'>> = {
  answers: 'tokens',
  columns: { messages: 'list', prompt: 'text', completion: 'text', text: 'text' },
  claims: () => true,
  readRow({ fields, place }) {
    if ('messages' in fields) return { messages: readMessages(fields.messages, place) };
    if ('prompt' in fields || 'completion' in fields) {
      return {
        prompt: textField(fields, 'prompt', place),
        completion: textField(fields, 'completion', place),
      };
    }
    if ('text' in fields) return { text: textField(fields, 'text', place) };
    throw new DataError(
      place,
      'needs the fields "prompt" and "completion", or the field "messages", or the field "text"',
    );
  },
  fieldsOfText: ({ text }) => ({ text }),

  isExample: (example) =>
    'prompt' in example || 'messages' in example || ('text' in example && !('label' in example)),
  needs: 'a text, a prompt and its completion, or messages',
  labelsOf: () => [],
  encode: (example, { encoder, maxTokens }) =>
    encodeLanguage(example, encoder, maxTokens).map((one) => ({
      ids: one.ids,
      truncated: one.truncated,
      label: -1,
      targets: nextTokens(one),
    })),
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
    const at = `messages[${index}].`;
    return { role: textField(fields, 'role', place, at), content: textField(fields, 'content', place, at) };
  });
  if (messages.some(({ role }) => role === 'assistant')) return messages;
  throw new DataError(
    place,
    'no message has the role "assistant": those are the ones that are learnt, so there is nothing to learn here',
  );
}

function encodeLanguage(example: LanguageExample, encoder: TextEncoder, maxTokens: number): Encoded[] {
  if ('prompt' in example) return [encoder.encodeCompletion(example.prompt, example.completion, maxTokens)];
  if ('messages' in example) return encoder.encodeChat(example.messages, maxTokens);
  return encoder.encodeDocument(example.text, maxTokens);
}

function nextTokens({ ids, learnt }: Encoded): TokenTargets {
  const tokens = learnt.flatMap(({ from, to }) =>
    Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i),
  );
  return { positions: tokens.map((token) => token - 1), values: tokens.map((token) => ids[token]!) };
}
