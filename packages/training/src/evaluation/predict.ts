// Texts of which nobody has told the answer, read with what has been learnt. Nothing is trained; what an answer is, and
// what it is made of, is the kind of task's.
import { taskKindTable } from '@colora/protocol/task-kinds';
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { type EncodingOptions, encodeExamples } from '../tasks/encode-examples.ts';
import { type Prediction, taskOf } from '../tasks/tasks.ts';
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

/**
 * One answer a text, as the task's kind gives it.
 * Throws TrainingError `wrong-task` where the task writes texts and says nothing about them.
 */
export async function predict(
  { engine, parts, encoder, encoding }: TextReader,
  tensors: TensorMap,
  texts: readonly string[],
): Promise<Prediction[]> {
  const reading = taskOf(encoding.task).predict;
  if (reading === null) {
    const { name } = taskKindTable[encoding.task.kind];
    throw new TrainingError(
      'wrong-task',
      `${name} says nothing about texts; open a generator to let it write`,
    );
  }
  const examples = await encodeExamples(texts.map(reading.exampleOf), encoder, encoding);
  const batches = await evaluateBatches(engine, parts, tensors, examples);
  const { maxTokens } = encoding;
  return reading.answers(texts, batches, { labels: parts.labels, encoder, maxTokens });
}
