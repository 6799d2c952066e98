// A learner's examples as the programs see them, whatever its kind of task. How one example is encoded is the kind's.
// Not here: reading files (data.ts), drawing the order (batch-order.ts), inputs of programs (batches.ts).
import { createHash } from 'node:crypto';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { bucketLengths, bucketOf, chooseBuckets } from '../text/buckets.ts';
import type { TextEncoder } from '../text/tokenizer.ts';
import { TrainingError } from '../training-error.ts';
import type { EncodedExample } from './encoded-example.ts';
import type { EncodedTargets, ExampleEncoding, Task } from './task.ts';
import { type Example, taskOf } from './tasks.ts';

export interface EncodingOptions {
  readonly task: TaskSettings['task'];
  readonly maxTokens: number;
  readonly labels: readonly string[];
}

/** With the index of the example that it was made from. */
export interface SourcedExample extends EncodedExample {
  readonly source: number;
}

/**
 * In order; an example may become several (a long text its pieces, a chat its answers).
 * Throws TrainingError `wrong-task` for an example of another kind or messages that the base model's chat template
 * doesn't take, `no-token` for a text that it has no tokens for, saying which example (from 1).
 */
export async function encodeExamples(
  examples: readonly Example[],
  encoder: TextEncoder,
  options: EncodingOptions,
): Promise<SourcedExample[]> {
  const task = taskOf(options.task);
  const { maxTokens } = options;
  const labels = new Map(options.labels.map((label, index) => [label, index]));
  const encoding = { encoder, maxTokens, labels };
  const encoded: (EncodedTargets & Pick<SourcedExample, 'source'>)[] = [];
  for (const [source, example] of examples.entries())
    for (const one of await encodeOne(task, example, encoding, source + 1)) encoded.push({ ...one, source });
  const buckets = bucketsFor(encoded, task, maxTokens);
  return encoded.map(({ ids, label, targets, truncated, source }) => ({
    key: createHash('sha1').update(Int32Array.from(ids)).digest('base64'),
    ids,
    padTo: bucketOf(ids.length, buckets),
    label,
    targets,
    truncated,
    source,
  }));
}

/** Texts of many lengths get a few lengths that suit them; short ones to label have theirs, whoever learns. */
function bucketsFor(
  encoded: readonly { readonly ids: readonly number[] }[],
  { answers }: Task,
  maxTokens: number,
): number[] {
  if (answers === 'texts') return bucketLengths(maxTokens);
  return chooseBuckets(
    encoded.map(({ ids }) => ids.length),
    maxTokens,
  );
}

async function encodeOne(
  task: Task<Example>,
  example: Example,
  encoding: ExampleEncoding,
  place: number,
): Promise<EncodedTargets[]> {
  if (!task.isExample(example)) {
    throw new TrainingError(
      'wrong-task',
      `example ${place} is of another kind: this task needs ${task.needs}`,
    );
  }
  try {
    return await task.encode(example, encoding);
  } catch (error) {
    if (!(error instanceof TrainingError)) throw error;
    throw new TrainingError(error.code, `example ${place}: ${error.message}`, { cause: error });
  }
}
