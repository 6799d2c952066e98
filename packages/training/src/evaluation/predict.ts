// Texts that nobody has labelled, read with what has been learnt: a label a text, or a tag a word. Nothing is trained.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { type EncodingOptions, encodeExamples } from '../text/encode-examples.ts';
import type { TextEncoder } from '../text/tokenizer.ts';
import { TrainingError } from '../training-error.ts';
import { classProbabilities } from './evaluate.ts';
import { largest } from './evaluation-batches.ts';
import { splitWords, tagProbabilities } from './tags.ts';

export interface Prediction {
  readonly label: string;
  readonly probabilities: Record<string, number>;
}

/** A text as words with their tags; null for a word past the model's limit, or one its tokenizer doesn't know. */
export interface TaggedText {
  readonly words: readonly { readonly word: string; readonly tag: string | null }[];
}

/** What reads texts for a task. */
export interface TextReader {
  readonly engine: Engine;
  readonly parts: ModelParts;
  readonly encoder: TextEncoder;
  readonly encoding: EncodingOptions;
}

/** Throws TrainingError `wrong-task` unless the task labels texts. */
export async function predictLabels(
  { engine, parts, encoder, encoding }: TextReader,
  tensors: TensorMap,
  texts: readonly string[],
): Promise<Prediction[]> {
  if (encoding.task.kind !== 'classification') {
    throw new TrainingError('wrong-task', 'labels of texts can only be predicted for a classification task');
  }
  const examples = texts.map((text) => ({ text, label: '' }));
  const rows = await classProbabilities(engine, parts, tensors, encodeExamples(examples, encoder, encoding));
  return rows.map((row) => ({
    label: parts.labels[largest(row)]!,
    probabilities: Object.fromEntries(parts.labels.map((label, index) => [label, row[index]!])),
  }));
}

/** Throws TrainingError `wrong-task` unless the task labels words. */
export async function tagTexts(
  { engine, parts, encoder, encoding }: TextReader,
  tensors: TensorMap,
  texts: readonly string[],
): Promise<TaggedText[]> {
  if (encoding.task.kind !== 'token-classification') {
    throw new TrainingError('wrong-task', 'words can only be tagged for a token classification');
  }
  const words = texts.map(splitWords);
  const examples = words.map((tokens) => ({ tokens, tags: [] }));
  const encoded = encodeExamples(examples, encoder, encoding);
  const found = await tagProbabilities(engine, parts, tensors, encoded);
  return words.map((tokens, text) => {
    const { firsts } = encoder.encodeWords(tokens, encoding.maxTokens);
    const tags = found[text]!.map((row) => parts.labels[largest(row)]!).values();
    const tagOf = (first: number) => (first < 0 ? null : (tags.next().value ?? null));
    return { words: tokens.map((word, index) => ({ word, tag: tagOf(firsts[index]!) })) };
  });
}
