// Examples as the programs see them: token ids, which label, which tokens count and how long they are padded.
// Not here: reading files (data.ts), drawing the order (batch-order.ts), inputs of programs (batch-inputs.ts).
import { createHash } from 'node:crypto';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { Example, TaggedExample } from '../data/example.ts';
import { TrainingError } from '../training-error.ts';
import { bucketLengths, bucketOf, chooseBuckets } from './buckets.ts';
import type { Encoded } from './token-cuts.ts';
import type { TextEncoder } from './tokenizer.ts';

/** What is asked of single tokens, one value a place. */
export interface TokenTargets {
  /** Whose state is looked at: the token before the learnt one, or a word's first. Ascending. */
  readonly positions: readonly number[];
  /** The token that follows, or the index of the word's tag (-1 for one that the learner doesn't have). */
  readonly values: readonly number[];
}

export interface EncodedExample {
  /** Names the token ids: equal texts have equal keys. */
  readonly key: string;
  readonly ids: readonly number[];
  /** The length it is padded to, unless others of its batch are longer. */
  readonly padTo: number;
  /** Index into the learner's labels; -1 for a label it doesn't have (or none at all). */
  readonly label: number;
  /** Empty for a classification of texts. */
  readonly targets: TokenTargets;
  readonly truncated: boolean;
}

export interface EncodingOptions {
  readonly task: TaskSettings['task'];
  readonly maxTokens: number;
  readonly labels: readonly string[];
}

/**
 * In order; an example may become several (a long text its pieces, a chat its answers).
 * Throws TrainingError `wrong-task` for an example of another kind or messages that the base model's chat template
 * doesn't take, saying which example (from 1).
 */
export function encodeExamples(
  examples: readonly Example[],
  encoder: TextEncoder,
  options: EncodingOptions,
): EncodedExample[] {
  const labels = new Map(options.labels.map((label, index) => [label, index]));
  const encoded = examples.flatMap((example, index) => {
    const label = 'label' in example ? (labels.get(example.label) ?? -1) : -1;
    return encodeOne(example, encoder, options, labels, index + 1).map((one) => ({ ...one, label }));
  });
  const buckets = bucketsFor(encoded, options);
  return encoded.map(({ ids, label, targets, truncated }) => ({
    key: createHash('sha1').update(Int32Array.from(ids)).digest('base64'),
    ids,
    padTo: bucketOf(ids.length, buckets),
    label,
    targets,
    truncated,
  }));
}

/** Texts of many lengths get a few lengths that suit them; short ones to classify have theirs, whoever learns. */
function bucketsFor(
  encoded: readonly { readonly ids: readonly number[] }[],
  { task, maxTokens }: EncodingOptions,
): number[] {
  if (task.kind === 'classification') return bucketLengths(maxTokens);
  return chooseBuckets(
    encoded.map(({ ids }) => ids.length),
    maxTokens,
  );
}

type Targeted = Omit<Encoded, 'learnt'> & { readonly targets: TokenTargets };

function encodeOne(
  example: Example,
  encoder: TextEncoder,
  { task, maxTokens }: EncodingOptions,
  labels: ReadonlyMap<string, number>,
  place: number,
): Targeted[] {
  switch (task.kind) {
    case 'classification':
      if (!('text' in example && 'label' in example)) throw wrongExample(place, 'a text and its label');
      return [{ ...encoder.encodeText(example.text, maxTokens), targets: { positions: [], values: [] } }];
    case 'token-classification':
      if (!('tokens' in example)) throw wrongExample(place, 'tokens and their tags');
      return [encodeTags(example, encoder, maxTokens, labels)];
    case 'causal-lm':
      return encodeLanguage(example, encoder, maxTokens, place).map((one) => ({
        ...one,
        targets: nextTokens(one),
      }));
  }
}

function encodeLanguage(example: Example, encoder: TextEncoder, maxTokens: number, place: number): Encoded[] {
  if ('prompt' in example) return [encoder.encodeCompletion(example.prompt, example.completion, maxTokens)];
  if ('messages' in example) {
    try {
      return encoder.encodeChat(example.messages, maxTokens);
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      throw new TrainingError(error.code, `example ${place}: ${error.message}`, { cause: error });
    }
  }
  if ('text' in example && !('label' in example)) return encoder.encodeDocument(example.text, maxTokens);
  throw wrongExample(place, 'a text, a prompt and its completion, or messages');
}

/** Words are looked at where they begin; those past the limit are left out. */
function encodeTags(
  { tokens, tags }: TaggedExample,
  encoder: TextEncoder,
  maxTokens: number,
  labels: ReadonlyMap<string, number>,
): Targeted {
  const encoded = encoder.encodeWords(tokens, maxTokens);
  const words = encoded.firsts.flatMap((position, word) =>
    position < 0 ? [] : [{ position, value: labels.get(tags[word]!) ?? -1 }],
  );
  const targets = {
    positions: words.map(({ position }) => position),
    values: words.map(({ value }) => value),
  };
  return { ...encoded, targets };
}

function wrongExample(place: number, needed: string): TrainingError {
  return new TrainingError('wrong-task', `example ${place} is of another kind: this task needs ${needed}`);
}

function nextTokens({ ids, learnt }: Encoded): TokenTargets {
  const tokens = learnt.flatMap(({ from, to }) =>
    Array.from({ length: Math.max(to - from, 0) }, (_, i) => from + i),
  );
  return { positions: tokens.map((token) => token - 1), values: tokens.map((token) => ids[token]!) };
}

/** How many tokens of an example count. */
export function countedTokens({ targets }: Pick<EncodedExample, 'targets'>): number {
  return targets.positions.length;
}
