// Examples as the programs see them: token ids, which label, which tokens count; and batches of them, padded.
// Not here: reading files (data.ts), drawing the order (batch-order.ts).
import { createHash } from 'node:crypto';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Inputs } from './engine.ts';
import type { Example } from './example.ts';
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
    if ('text' in example && 'label' in example) return encoder.encodeText(example.text, maxTokens);
    throw new TrainingError('wrong-task', `example ${place} has no label, which a classification needs`);
  }
  if ('prompt' in example) return encoder.encodeCompletion(example.prompt, example.completion, maxTokens);
  if (!('text' in example) || 'label' in example) {
    throw new TrainingError(
      'wrong-task',
      `example ${place} is labelled; a language model needs prompt and completion, messages, or a text`,
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

export interface TargetShape {
  /** B, at least the number of examples. */
  readonly size: number;
  /** T */
  readonly tokens: number;
  /** R, at least the counted tokens of any example. */
  readonly targets: number;
  /** V */
  readonly vocabulary: number;
  /** Weights sum to one over the batch instead of counting. */
  readonly mean: boolean;
}

/**
 * Next-token targets, R an example: `rows` int32 [B * R], the positions (of B * T) whose next token counts; `targets`
 * int32 [B * R] holding n * V + token at place n; `weights` [B * R], 1 there (over their number, with `mean`) and 0
 * in places that no token fills.
 */
export function tokenTargets(
  examples: readonly EncodedExample[],
  { size, tokens, targets: places, vocabulary, mean }: TargetShape,
): Inputs {
  const rows = new Int32Array(size * places);
  const targets = Int32Array.from({ length: size * places }, (_, place) => place * vocabulary);
  const weights = new Float32Array(size * places);
  examples.forEach((example, index) => {
    for (let counted = 0; counted < Math.min(countedTokens(example), places); counted += 1) {
      const next = example.targetsFrom + counted;
      const place = index * places + counted;
      rows[place] = index * tokens + next - 1;
      targets[place]! += example.ids[next]!;
      weights[place] = 1;
    }
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (mean && sum > 0) for (let i = 0; i < weights.length; i += 1) weights[i]! /= sum;
  return { rows, targets, weights };
}

/** How many tokens of an example count. */
export function countedTokens({ ids, targetsFrom }: EncodedExample): number {
  return Math.max(ids.length - targetsFrom, 0);
}
