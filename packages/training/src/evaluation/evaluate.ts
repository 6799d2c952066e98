// Evaluation on examples that were never trained on. Nothing is trained or kept here; which figures there are, and what
// they are made of, is the kind of task's.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import type { EncodedExample } from '../tasks/encoded-example.ts';
import type { Figures } from '../tasks/task.ts';
import { taskOf } from '../tasks/tasks.ts';
import { TrainingError } from '../training-error.ts';
import { evaluateBatches } from './evaluation-batches.ts';

export interface Evaluation extends Figures {
  readonly examples: number;
}

/** `examples`: at least one, each of which something is asked of. Throws TrainingError `not-finite` where the loss is no number. */
export async function evaluate(
  engine: Engine,
  parts: ModelParts,
  tensors: TensorMap,
  examples: readonly EncodedExample[],
): Promise<Evaluation> {
  const task = taskOf(parts.settings.task);
  const batches = await evaluateBatches(engine, parts, tensors, examples);
  const figures = { ...task.figures(batches, parts.labels), examples: examples.length };
  if (figures.loss === undefined || Number.isFinite(figures.loss)) return figures;
  throw new TrainingError(
    'not-finite',
    'training diverged: the loss on examples that are not trained on is not a finite number; lower the rates',
  );
}
