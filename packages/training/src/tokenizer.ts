// Texts to token ids by the base model's own tokenizer.json, cut to a limit. No network.
// Not here: padding and batches (batches.ts).
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BaseModel } from '@colora/models/base-model';
import { Tokenizer } from '@huggingface/tokenizers';

export interface Encoded {
  readonly ids: readonly number[];
  /** The text had more tokens than allowed. */
  readonly truncated: boolean;
  /** Language model: index of the first token that counts as a target. */
  readonly targetsFrom: number;
}

export interface TextEncoder {
  /** One text with the special tokens its tokenizer adds; what is too long loses its end, never special tokens. */
  encodeText(text: string, maxTokens: number): Encoded;
  /** A text to continue learning on: all tokens after the first are targets, the end-of-text token included. */
  encodeDocument(text: string, maxTokens: number): Encoded;
  /** Prompt and completion, tokenised apart; the completion (and the end of text) are the targets. What is too long
   * loses the start of the prompt first, then the end of the completion. */
  encodeCompletion(prompt: string, completion: string, maxTokens: number): Encoded;
}

export async function openTokenizer(base: BaseModel): Promise<TextEncoder> {
  const tokenizer = new Tokenizer(
    JSON.parse(await readFile(base.tokenizerPath, 'utf8')) as object,
    await readJson(join(base.folder, 'tokenizer_config.json')),
  );
  const plain = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const whole = (text: string) => tokenizer.encode(text).ids;
  const end = await endOfText(base, tokenizer);
  return {
    encodeText: (text, maxTokens) => {
      const ids = whole(text);
      if (ids.length <= maxTokens) return { ids, truncated: false, targetsFrom: 0 };
      return { ids: cutContent(ids, plain(text), maxTokens), truncated: true, targetsFrom: 0 };
    },
    encodeDocument: (text, maxTokens) => {
      const ids = [...startOf(whole(text), plain(text)), ...plain(text), ...end];
      return { ids: ids.slice(0, maxTokens), truncated: ids.length > maxTokens, targetsFrom: 1 };
    },
    encodeCompletion: (prompt, completion, maxTokens) => {
      const content = plain(prompt);
      return joinCompletion(
        startOf(whole(prompt), content),
        content,
        [...plain(completion), ...end],
        maxTokens,
      );
    },
  };
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

/** The special tokens that the tokenizer puts before a text. */
function startOf(whole: readonly number[], content: readonly number[]): number[] {
  return whole.slice(0, contentStart(whole, content));
}

function contentStart(whole: readonly number[], content: readonly number[]): number {
  const slack = whole.length - content.length;
  for (let start = 0; start <= slack; start += 1) {
    if (content.every((id, i) => whole[start + i] === id)) return start;
  }
  return 0;
}

/** Drops the end of the content and keeps the special tokens around it. */
function cutContent(ids: readonly number[], content: readonly number[], maxTokens: number): number[] {
  const after = ids.length - content.length - contentStart(ids, content);
  const kept = Math.max(maxTokens - after, 0);
  return [...ids.slice(0, kept), ...ids.slice(ids.length - after)].slice(0, maxTokens);
}

function joinCompletion(
  start: readonly number[],
  prompt: readonly number[],
  completion: readonly number[],
  maxTokens: number,
): Encoded {
  const room = Math.max(maxTokens - start.length - completion.length, 0);
  const kept = room >= prompt.length ? prompt : prompt.slice(prompt.length - room);
  const ids = [...start, ...kept, ...completion];
  return {
    ids: ids.slice(0, maxTokens),
    truncated: kept.length < prompt.length || ids.length > maxTokens,
    targetsFrom: Math.max(start.length + kept.length, 1),
  };
}
