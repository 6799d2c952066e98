// Examples as the programs see them: token ids, which label, which tokens count; and batches of them, padded.
// Not here: reading files (data.ts), drawing the order (batch-order.ts).
import { createHash } from 'node:crypto';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Example } from './data.ts';
import type { Inputs } from './engine.ts';
import type { TextEncoder } from './tokenizer.ts';
import { TrainingError } from './training-error.ts';

export interface EncodedExample {
  /** Names the token ids: equal texts have equal keys. */
  readonly key: string;
  readonly ids: readonly number[];
  /** Index into the learner's labels; -1 for a label it doesn't have (or none at all). */
  readonly label: number;
  /** Language model: the first token that counts as a target. */
  readonly targetsFrom: number;
  readonly truncated: boolean;
}

export interface EncodingOptions {
  readonly task: TaskSettings['task'];
  readonly maxTokens: number;
  readonly labels: readonly string[];
}

/** Throws TrainingError `wrong-task` for an example of the other kind, saying which one (from 1). */
export function encodeExamples(
  examples: readonly Example[],
  encoder: TextEncoder,
  options: EncodingOptions,
): EncodedExample[] {
  const labels = new Map(options.labels.map((label, index) => [label, index]));
  return examples.map((example, index) => {
    const encoded = encodeOne(example, encoder, options, index + 1);
    const key = createHash('sha1').update(Int32Array.from(encoded.ids)).digest('base64');
    const label = 'label' in example ? (labels.get(example.label) ?? -1) : -1;
    return { ...encoded, key, label };
  });
}

function encodeOne(
  example: Example,
  encoder: TextEncoder,
  { task, maxTokens }: EncodingOptions,
  place: number,
) {
  if (task.kind === 'classification') {
    if ('label' in example) return encoder.encodeText(example.text, maxTokens);
    throw new TrainingError('wrong-task', `example ${place} has no label, which a classification needs`);
  }
  if ('prompt' in example) return encoder.encodeCompletion(example.prompt, example.completion, maxTokens);
  if ('label' in example) {
    throw new TrainingError(
      'wrong-task',
      `example ${place} has a label; a language model needs prompt and completion`,
    );
  }
  return encoder.encodeDocument(example.text, maxTokens);
}

/** ids int32 [B, T] and mask [B, T] of `size` >= examples.length rows; rows without an example repeat the last one. */
export function textInputs(examples: readonly EncodedExample[], size: number, tokens: number): Inputs {
  const ids = new Int32Array(size * tokens);
  const mask = new Float32Array(size * tokens);
  for (let row = 0; row < size; row += 1) {
    const { ids: own } = rowOf(examples, row);
    const length = Math.min(own.length, tokens);
    for (let i = 0; i < length; i += 1) ids[row * tokens + i] = own[i]!;
    mask.fill(1, row * tokens, row * tokens + length);
  }
  return { ids, mask };
}

/** The keys of the rows that textInputs makes. */
export function rowKeys(examples: readonly EncodedExample[], size: number): string[] {
  return Array.from({ length: size }, (_, row) => rowOf(examples, row).key);
}

function rowOf(examples: readonly EncodedExample[], row: number): EncodedExample {
  return examples[Math.min(row, examples.length - 1)]!;
}

/** One-hot targets [B, L]. */
export function labelTargets(examples: readonly EncodedExample[], labelCount: number): Inputs {
  const targets = new Float32Array(examples.length * labelCount);
  examples.forEach(({ label }, row) => {
    if (label >= 0) targets[row * labelCount + label] = 1;
  });
  return { targets };
}

/**
 * Next-token targets, int32 [B * T] holding row * V + token, and weights [B * T]: 1 at every position whose next
 * token counts (over their number, with `mean`), 0 elsewhere and in rows without an example.
 */
export function tokenTargets(
  examples: readonly EncodedExample[],
  { size, tokens, vocabulary, mean }: { size: number; tokens: number; vocabulary: number; mean: boolean },
): Inputs {
  const targets = Int32Array.from({ length: size * tokens }, (_, position) => position * vocabulary);
  const weights = new Float32Array(size * tokens);
  examples.forEach((example, row) => {
    for (let next = example.targetsFrom; next < Math.min(example.ids.length, tokens); next += 1) {
      const position = row * tokens + next - 1;
      targets[position]! += example.ids[next]!;
      weights[position] = 1;
    }
  });
  const counted = weights.reduce((sum, weight) => sum + weight, 0);
  if (mean && counted > 0) for (let i = 0; i < weights.length; i += 1) weights[i]! /= counted;
  return { targets, weights };
}

/** How many tokens of an example count. */
export function countedTokens({ ids, targetsFrom }: EncodedExample): number {
  return Math.max(ids.length - targetsFrom, 0);
}
