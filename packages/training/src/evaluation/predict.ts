// Texts that nobody has labelled, read with what has been learnt: a label a text, or a tag a word. Nothing is trained;
// what an answer is made of is the kind of task's.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { type EncodingOptions, encodeExamples } from '../tasks/encode-examples.ts';
import type { Prediction, Reading, TaggedText } from '../tasks/task.ts';
import { type Example, taskOf } from '../tasks/tasks.ts';
import type { TextEncoder } from '../text/tokenizer.ts';
import { TrainingError } from '../training-error.ts';
import { evaluateBatches } from './evaluation-batches.ts';

/** What reads texts for a task. */
export interface TextReader {
  readonly engine: Engine;
  readonly parts: ModelParts;
  readonly encoder: TextEncoder;
  readonly encoding: EncodingOptions;
}

/** Throws TrainingError `wrong-task` unless the task labels texts. */
export async function predictLabels(
  reader: TextReader,
  tensors: TensorMap,
  texts: readonly string[],
): Promise<Prediction[]> {
  const { predict } = taskOf(reader.encoding.task);
  if (predict !== undefined) return readTexts(reader, tensors, texts, predict);
  throw new TrainingError('wrong-task', 'labels of texts can only be predicted for a classification task');
}

/** Throws TrainingError `wrong-task` unless the task labels words. */
export async function tagTexts(
  reader: TextReader,
  tensors: TensorMap,
  texts: readonly string[],
): Promise<TaggedText[]> {
  const { tag } = taskOf(reader.encoding.task);
  if (tag !== undefined) return readTexts(reader, tensors, texts, tag);
  throw new TrainingError('wrong-task', 'words can only be tagged for a token classification');
}

async function readTexts<Answer>(
  { engine, parts, encoder, encoding }: TextReader,
  tensors: TensorMap,
  texts: readonly string[],
  reading: Reading<Example, Answer>,
): Promise<Answer[]> {
  const examples = await encodeExamples(texts.map(reading.exampleOf), encoder, encoding);
  const batches = await evaluateBatches(engine, parts, tensors, examples);
  const { maxTokens } = encoding;
  return reading.answers(texts, batches, { labels: parts.labels, encoder, maxTokens });
}
