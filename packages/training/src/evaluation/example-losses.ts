// How likely a language model finds each example: of those held out, one by one, where evaluate.ts gives means.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import type { EncodedExample } from '../tasks/encoded-example.ts';
import { outputOf } from '../tasks/evaluated-batch.ts';
import { TrainingError } from '../training-error.ts';
import { evaluateBatches } from './evaluation-batches.ts';

/**
 * Nats, the sum over an example's counted tokens; one entry an encoded example (a long text is several), in their order.
 * Throws TrainingError `wrong-task` for a task that writes nothing, `not-finite` where a loss is no number.
 */
export async function exampleLosses(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<number[]> {
  if (parts.settings.task.kind !== 'causal-lm')
    throw new TrainingError('wrong-task', 'only what a language model writes has losses token by token');
  const batches = await evaluateBatches(engine, parts, tensors, examples);
  const losses = batches.flatMap((batch) => {
    const sums = outputOf(batch, 'losses');
    return batch.examples.map((_, row) => sums[row]!);
  });
  if (losses.every(Number.isFinite)) return losses;
  throw new TrainingError(
    'not-finite',
    'the loss on examples that are not trained on is not a finite number',
  );
}
