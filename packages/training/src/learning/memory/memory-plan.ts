// What a training step will need of the machine's memory, said before the first one and refused where it can't be had.
// How much a graph needs is the compiler's to count (tfjs-onnx's memory/).
import { totalmem } from 'node:os';
import type { MemoryNeed } from '../engines/engine.ts';
import { prepareBatch } from '../programs/batches.ts';
import { trainingProgram } from '../programs/programs.ts';
import type { BatchShape, EncodedExample } from '../tasks/encoded-example.ts';
import { TrainingError } from '../training-error.ts';
import { movingPhase } from './round-phases.ts';
import type { TrainingSetup } from './step-gradient.ts';

/** Models whose weights are smaller fit anywhere: nothing is said of them. */
const worthSaying = 64 * 2 ** 20;

/** A step's need, and what it would be with less, from what costs a member least to what only the group can choose. */
export interface StepMemory {
  readonly need: MemoryNeed;
  readonly lesser: () => Iterable<Lesser>;
}

interface Lesser {
  /** What to do, as in "with …". */
  readonly by: string;
  readonly need: MemoryNeed;
}

/** The longest batch's step; undefined where nothing is trained, the model is small or the engine can't tell. */
export function stepMemory({ engine, parts, examples }: TrainingSetup): StepMemory | undefined {
  if (parts.shared.length + parts.personal.length === 0) return undefined;
  const bytes = parts.base.weights.reduce((sum, { length }) => sum + length, 0);
  const quantised = parts.base.weights.some((weight) => weight.quantised !== undefined);
  if (engine.memoryOf === undefined || (bytes < worthSaying && !quantised)) return undefined;
  const size = parts.settings.training.batchSize;
  const longest = examples.toSorted((a, b) => lengthOf(b) - lengthOf(a)).slice(0, size);
  const { shape } = prepareBatch(parts, longest, size, true);
  const needOf = (of: BatchShape, recompute?: boolean): MemoryNeed =>
    engine.memoryOf!(trainingProgram(parts, movingPhase(parts), of), recompute);
  const need = needOf(shape);
  return { need, lesser: () => lesserOf(need, shape, needOf) };
}

/** Shorter texts teach little. */
const fewestTokens = 64;

function* lesserOf(
  need: MemoryNeed,
  shape: BatchShape,
  needOf: (shape: BatchShape, recompute: boolean) => MemoryNeed,
): Iterable<Lesser> {
  const again = needOf(shape, true);
  const flag = again.step < need.step ? ['--recompute'] : [];
  if (flag.length > 0) yield { by: flag[0]!, need: again };
  let { size, tokens, targets } = shape;
  while (size > 1) {
    size = Math.floor(size / 2);
    const batches = `batches of ${size} (--batch-size, a setting of the group)`;
    yield { by: [...flag, batches].join(' and '), need: needOf({ ...shape, size }, true) };
  }
  while (tokens >= 2 * fewestTokens) {
    tokens = Math.floor(tokens / 2);
    targets = Math.min(targets, tokens);
    const texts = `batches of one text of at most ${tokens} tokens (--batch-size and --max-tokens, settings of the group)`;
    yield { by: [...flag, texts].join(' and '), need: needOf({ size, tokens, targets }, true) };
  }
}

/**
 * One line about it. Throws TrainingError `not-enough-memory` where the machine (or its container) has less in all, with the
 * first of what makes it fit; less that is free at the moment is only a warning, since others may give theirs back.
 */
export function memoryLine({ need, lesser }: StepMemory, memory = machineMemory()): string {
  const { weights, step } = need;
  const needed = bytesOf(need);
  const parts = `${gigabytes(weights)} of weights, which processes share, and ${gigabytes(step)} of its own`;
  if (needed > memory.total) {
    const fitting = [...takeUntil(lesser(), (one) => bytesOf(one.need) <= memory.total)].at(-1);
    throw new TrainingError(
      'not-enough-memory',
      `a training step needs about ${gigabytes(needed)} (${parts}); this machine has ${gigabytes(memory.total)}. ${cureOf(fitting, memory.total)}`,
    );
  }
  const tight = needed > memory.available ? `; only ${gigabytes(memory.available)} are free now` : '';
  return `a training step needs about ${gigabytes(needed)}: ${parts}${tight}`;
}

function cureOf(lesser: Lesser | undefined, total: number): string {
  if (lesser !== undefined && bytesOf(lesser.need) <= total)
    return `With ${lesser.by} it needs about ${gigabytes(bytesOf(lesser.need))}, and fits`;
  const least = lesser === undefined ? '' : ` (with ${lesser.by} still ${gigabytes(bytesOf(lesser.need))})`;
  return `Smaller steps don't fit either${least}: keep the base model in fewer bits (--base-precision 4bit), or ask for a group with a smaller one`;
}

function* takeUntil<T>(values: Iterable<T>, last: (value: T) => boolean): Iterable<T> {
  for (const value of values) {
    yield value;
    if (last(value)) return;
  }
}

function bytesOf({ weights, step }: MemoryNeed): number {
  return weights + step;
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
