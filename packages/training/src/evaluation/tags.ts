// Labels of words: their probabilities, how many are right, and the spans they name. Programs are programs.ts.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import type { EncodedExample } from '../text/encode-examples.ts';
import { inBatches, largest, softmaxRow } from './evaluation-batches.ts';

export interface TagFigures {
  /** Share of words with the right tag; a tag that the learner doesn't have counts as wrong. */
  readonly accuracy: number;
  /** Mean cross-entropy in nats a word, over the words whose tag the learner has. */
  readonly loss: number;
  /** F1 of whole spans (their ends and their name), where tags name spans and the learner has all of them. */
  readonly spanF1?: number;
}

/** Softmax over the learner's tags: an example, a word that has a token, a tag. */
export async function tagProbabilities(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<number[][][]> {
  const found: number[][][] = [];
  await inBatches(engine, parts, tensors, examples, (outputs, chunk, { targets }) => {
    chunk.forEach((example, index) => {
      const rows = example.targets.positions.keys();
      found.push(
        [...rows].map((word) =>
          softmaxRow(outputs.logits!.data, index * targets + word, parts.labels.length),
        ),
      );
    });
  });
  return found;
}

export async function evaluateTags(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<TagFigures> {
  const probabilities = await tagProbabilities(engine, parts, tensors, examples);
  let words = 0;
  let known = 0;
  let right = 0;
  let loss = 0;
  examples.forEach(({ targets }, example) => {
    targets.values.forEach((tag, word) => {
      words += 1;
      if (tag < 0) return;
      const row = probabilities[example]![word]!;
      known += 1;
      loss -= Math.log(Math.max(row[tag]!, Number.MIN_VALUE));
      if (largest(row) === tag) right += 1;
    });
  });
  const figures = { accuracy: right / words, loss: loss / known };
  if (known < words) return figures;
  const f1 = spanF1(
    examples.map(({ targets }) => targets.values.map((tag) => parts.labels[tag]!)),
    probabilities.map((rows) => rows.map((row) => parts.labels[largest(row)]!)),
  );
  return f1 === null ? figures : { ...figures, spanF1: f1 };
}

/**
 * Micro-averaged over all spans, as CoNLL-2003's evaluation counts them: a span is right if both ends and its name
 * are. Null where neither side has any.
 */
export function spanF1(
  right: readonly (readonly string[])[],
  given: readonly (readonly string[])[],
): number | null {
  let common = 0;
  let all = 0;
  right.forEach((tags, index) => {
    const wanted = new Set(spansOf(tags));
    const found = spansOf(given[index]!);
    all += wanted.size + found.length;
    common += found.filter((span) => wanted.has(span)).length;
  });
  return all === 0 ? null : (2 * common) / all;
}

/** `from-to-name` of every span. An `I-` after another name, or after none, begins a span, as in CoNLL's evaluation. */
function spansOf(tags: readonly string[]): string[] {
  const spans: string[] = [];
  let from = 0;
  let name: string | null = null;
  const close = (to: number) => {
    if (name !== null) spans.push(`${from}-${to}-${name}`);
    name = null;
  };
  tags.forEach((tag, index) => {
    const [, kind, own] = /^([BI])-(.+)$/.exec(tag) ?? [];
    if (own === undefined || kind === 'B' || own !== name) close(index);
    if (own === undefined || name !== null) return;
    from = index;
    name = own;
  });
  close(tags.length);
  return spans;
}

/** The words of a plain text: letters and digits that stand together, and every other sign by itself. */
export function splitWords(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu) ?? [];
}
