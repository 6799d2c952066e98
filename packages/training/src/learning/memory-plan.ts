// What a training step will need of the machine's memory, said before the first one and refused where it can't be had.
// How much a graph needs is the compiler's to count (tfjs-onnx's memory/).
import { totalmem } from 'node:os';
import type { MemoryNeed } from '../engines/engine.ts';
import { prepareBatch } from '../programs/batches.ts';
import { trainingProgram } from '../programs/programs.ts';
import type { EncodedExample } from '../tasks/encoded-example.ts';
import { TrainingError } from '../training-error.ts';
import { movingPhase } from './round-phases.ts';
import type { TrainingSetup } from './step-gradient.ts';

/** Models whose weights are smaller fit anywhere: nothing is said of them. */
const worthSaying = 64 * 2 ** 20;

/** The longest batch's step; undefined where nothing is trained, the model is small or the engine can't tell. */
export function stepMemory({ engine, parts, examples }: TrainingSetup): MemoryNeed | undefined {
  if (parts.shared.length + parts.personal.length === 0) return undefined;
  const bytes = parts.base.weights.reduce((sum, { length }) => sum + length, 0);
  const quantised = parts.base.weights.some((weight) => weight.quantised !== undefined);
  if (engine.memoryOf === undefined || (bytes < worthSaying && !quantised)) return undefined;
  const size = parts.settings.training.batchSize;
  const longest = examples.toSorted((a, b) => lengthOf(b) - lengthOf(a)).slice(0, size);
  return engine.memoryOf(
    trainingProgram(parts, movingPhase(parts), prepareBatch(parts, longest, size, true).shape),
  );
}

/**
 * One line about it. Throws TrainingError `not-enough-memory` where the machine (or its container) has less in all;
 * less that is free at the moment is only a warning, since others may give theirs back.
 */
export function memoryLine({ weights, step }: MemoryNeed, memory = machineMemory()): string {
  const needed = weights + step;
  const parts = `${gigabytes(weights)} of weights, which processes share, and ${gigabytes(step)} of its own`;
  if (needed > memory.total) {
    throw new TrainingError(
      'not-enough-memory',
      `a training step needs about ${gigabytes(needed)} (${parts}); this machine has ${gigabytes(memory.total)}. ` +
        'Compute activations again instead of keeping them (--recompute), keep the base model in fewer bits (--base-precision 8bit), or ask for a group with smaller batches or fewer tokens',
    );
  }
  const tight = needed > memory.available ? `; only ${gigabytes(memory.available)} are free now` : '';
  return `a training step needs about ${gigabytes(needed)}: ${parts}${tight}`;
}

function machineMemory() {
  const limit = process.constrainedMemory();
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  return { total, available: process.availableMemory() };
}

function lengthOf({ padTo, targets }: EncodedExample): number {
  return padTo * 65_536 + targets.positions.length;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
