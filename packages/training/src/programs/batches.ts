// Batches as inputs of the training and evaluation programs, for all kinds of tasks.
// Not here: which examples come next (batch-order.ts), the trained tensors' inputs (parameter-inputs.ts).

import type { Inputs } from '../engines/engine.ts';
import { type BatchShape, countedTokens, type EncodedExample } from '../tasks/encoded-example.ts';
import { taskProgramOf } from '../tasks/task-programs.ts';
import { taskOf } from '../tasks/tasks.ts';
import { targetBucket } from '../text/buckets.ts';
import { rowKeys, textInputs } from './batch-inputs.ts';
import type { ModelParts } from './model-parts.ts';

export interface PreparedBatch {
  readonly shape: BatchShape;
  readonly inputs: Inputs;
  /** One a row, naming the row's token ids. */
  readonly keys: readonly string[];
}

/** The tokens an example may have: the task's limit, or the base model's where that is smaller. */
export function tokenLimit({ base, settings }: ModelParts): number {
  return Math.min(settings.task.maxTokens, base.family.tokenLimit(base.config));
}

/**
 * At most `size` examples padded to the bucket of the longest. `mean`: the weights of single tokens sum to one
 * (training) instead of counting (evaluation).
 */
export function prepareBatch(
  parts: ModelParts,
  examples: readonly EncodedExample[],
  size: number,
  mean: boolean,
): PreparedBatch {
  const tokens = Math.max(...examples.map(({ padTo }) => padTo));
  const texts = { inputs: textInputs(examples, size, tokens), keys: rowKeys(examples, size) };
  const { task } = parts.settings;
  const places = Math.max(...examples.map(countedTokens));
  const targets = taskOf(task).answers === 'texts' ? 0 : targetBucket(places, tokens);
  const shape = { size, tokens, targets };
  const answers = taskProgramOf(task).targets(examples, { ...shape, mean }, parts.labels.length);
  return { ...texts, inputs: { ...texts.inputs, ...answers }, shape };
}
