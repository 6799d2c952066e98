// Evaluation on examples that were never trained on, and prediction. Nothing is trained or kept here.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { countedTokens, type EncodedExample } from '../text/encode-examples.ts';
import { TrainingError } from '../training-error.ts';
import { inBatches, largest, softmaxRow } from './evaluation-batches.ts';
import { evaluateTags } from './tags.ts';

export interface Evaluation {
  /** Share of right labels (of texts, of words) or of right next tokens, 0 to 1. A label this learner doesn't have counts as wrong. */
  readonly accuracy: number;
  /** Mean cross-entropy in nats an example (or a token) over the examples whose label the learner has. */
  readonly loss: number;
  /**
   * Language model: share of examples of which every counted token has the highest score given those before it, so
   * that greedy decoding would write the very completion.
   */
  readonly exactMatch?: number;
  /** Labels of words: F1 of whole spans, where the labels name spans (tags.ts). */
  readonly spanF1?: number;
  readonly examples: number;
}

/** Throws TrainingError `not-finite` where the loss is no number. */
export async function evaluate(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<Evaluation> {
  const figures = await evaluateKind(engine, parts, tensors, examples);
  const isJudged = parts.settings.task.kind === 'causal-lm' || examples.some(hasKnownLabel);
  if (Number.isFinite(figures.loss) || !isJudged) return figures;
  throw new TrainingError(
    'not-finite',
    'training diverged: the loss on examples that are not trained on is not a finite number; lower the rates',
  );
}

/** Without any, there is no loss to speak of: it is NaN. */
function hasKnownLabel({ label, targets }: EncodedExample): boolean {
  return label >= 0 || targets.values.some((value) => value >= 0);
}

async function evaluateKind(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<Evaluation> {
  const { kind } = parts.settings.task;
  if (kind === 'causal-lm') return evaluateTokens(engine, parts, tensors, examples);
  if (kind === 'token-classification') {
    return { ...(await evaluateTags(engine, parts, tensors, examples)), examples: examples.length };
  }
  const probabilities = await classProbabilities(engine, parts, tensors, examples);
  let right = 0;
  let known = 0;
  let loss = 0;
  examples.forEach(({ label }, index) => {
    if (label < 0) return;
    const row = probabilities[index]!;
    known += 1;
    loss -= Math.log(Math.max(row[label]!, Number.MIN_VALUE));
    if (largest(row) === label) right += 1;
  });
  return { accuracy: right / examples.length, loss: loss / known, examples: examples.length };
}

/** Softmax over the learner's labels, a row an example. */
export async function classProbabilities(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<number[][]> {
  const count = parts.labels.length;
  const rows: number[][] = [];
  await inBatches(engine, parts, tensors, examples, (outputs, chunk) => {
    for (let row = 0; row < chunk.length; row += 1) rows.push(softmaxRow(outputs.logits!.data, row, count));
  });
  return rows;
}

async function evaluateTokens(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<Evaluation> {
  let losses = 0;
  let hits = 0;
  let tokens = 0;
  let exact = 0;
  await inBatches(engine, parts, tensors, examples, (outputs, chunk) => {
    chunk.forEach((example, row) => {
      losses += outputs.losses!.data[row]!;
      hits += outputs.hits!.data[row]!;
      tokens += countedTokens(example);
      if (outputs.hits!.data[row]! === countedTokens(example)) exact += 1;
    });
  });
  const count = examples.length;
  return { accuracy: hits / tokens, loss: losses / tokens, exactMatch: exact / count, examples: count };
}
