// What a training step will need of memory, and what makes it need less, counted before the first one. How much a graph needs
// is the compiler's to count (tfjs-onnx's memory/); what is done about it is fit-memory.ts's.
import type { BasePrecision } from '@colora/models/base-precision';
import { storedBytes } from '@colora/models/weights/weight-files';
import type { Engine, MemoryNeed } from '../../engines/engine.ts';
import { recomputed } from '../../engines/wrappers/recomputing-engine.ts';
import { prepareBatch } from '../../programs/batches.ts';
import type { ModelParts } from '../../programs/model-parts.ts';
import { trainingProgram } from '../../programs/programs.ts';
import type { BatchShape, EncodedExample } from '../../tasks/encoded-example.ts';
import { movingPhase } from '../round-phases.ts';

/** Steps of models whose weights are smaller, on fewer tokens, fit anywhere: they aren't counted unless somebody set a limit. */
const worthCounting = { weights: 64 * 2 ** 20, tokens: 8192 };

export interface CountedStep {
  readonly shape: BatchShape;
  readonly need: MemoryNeed;
}

/** What a member may choose for a step to need less. */
export interface OwnMeans {
  readonly recompute: boolean;
  /** Left out: as it is. */
  readonly precision?: BasePrecision;
}

export interface Lesser {
  /** What to do, as in "with …". */
  readonly by: string;
  readonly need: MemoryNeed;
  /** Left out where the group would have to change its settings. */
  readonly own?: OwnMeans;
}

/** The model with its weights in fewer bits, as far as it can be counted. */
export interface FewerBits {
  readonly precision: BasePrecision;
  readonly parts: ModelParts;
}

type CountingEngine = Pick<Engine, 'memoryOf'>;

/** The longest batch's step; undefined where nothing is trained, the engine can't tell, or `always` isn't and the step is small. */
export function countStep(
  engine: CountingEngine,
  parts: ModelParts,
  examples: readonly EncodedExample[],
  always: boolean,
): CountedStep | undefined {
  if (parts.shared.length + parts.personal.length === 0 || engine.memoryOf === undefined) return undefined;
  const size = parts.settings.training.batchSize;
  const longest = examples.toSorted((a, b) => lengthOf(b) - lengthOf(a)).slice(0, size);
  const { shape } = prepareBatch(parts, longest, size, true);
  const { weights } = parts.base;
  const isSmall =
    weights.every(({ quantised }) => quantised === undefined) &&
    storedBytes(weights) < worthCounting.weights &&
    shape.size * shape.tokens < worthCounting.tokens;
  if (isSmall && !always) return undefined;
  return { shape, need: needOf(engine, parts, shape, false) };
}

/** Shorter texts teach little. */
const fewestTokens = 64;

/** What needs less, from what costs a member least to what only the group can choose. Each is counted when it is asked for. */
export function* lesserSteps(
  engine: CountingEngine,
  parts: ModelParts,
  { shape, need }: CountedStep,
  fewer: readonly FewerBits[],
): Iterable<Lesser> {
  const again = needOf(engine, parts, shape, true);
  const recompute = again.step < need.step;
  if (recompute) yield { by: wordsOf({ recompute }), need: again, own: { recompute } };
  let least = recompute ? again : need;
  for (const { precision, parts: smaller } of fewer) {
    for (const own of [false, ...(recompute ? [true] : [])].map((on) => ({ recompute: on, precision }))) {
      const counted = needOf(engine, smaller, shape, own.recompute);
      if (bytesOf(counted) >= bytesOf(least)) continue;
      least = counted;
      yield { by: wordsOf(own), need: counted, own };
    }
  }
  for (const { words, shape: lesser } of lesserShapes(shape)) {
    yield { by: and([wordsOf({ recompute }), words]), need: needOf(engine, parts, lesser, recompute) };
  }
  const shortest = [...lesserShapes(shape)].at(-1);
  const fewest = fewer.at(-1);
  if (shortest === undefined || fewest === undefined) return;
  yield {
    by: and([wordsOf({ recompute, precision: fewest.precision }), shortest.words]),
    need: needOf(engine, fewest.parts, shortest.shape, recompute),
  };
}

/** Fewer texts at a time, then shorter ones. */
function* lesserShapes({
  size,
  tokens,
  targets,
}: BatchShape): Iterable<{ readonly words: string; readonly shape: BatchShape }> {
  while (size > 1) {
    size = Math.floor(size / 2);
    yield {
      words: `batches of ${size} (--batch-size, a setting of the group)`,
      shape: { size, tokens, targets },
    };
  }
  while (tokens >= 2 * fewestTokens) {
    tokens = Math.floor(tokens / 2);
    targets = Math.min(targets, tokens);
    yield {
      words: `batches of one text of at most ${tokens} tokens (--batch-size and --max-tokens, settings of the group)`,
      shape: { size, tokens, targets },
    };
  }
}

function wordsOf({ recompute, precision }: OwnMeans): string {
  return and([
    ...(recompute ? ['--recompute'] : []),
    ...(precision === undefined ? [] : [`--base-precision ${precision}`]),
  ]);
}

const and = (words: readonly string[]) => words.filter((word) => word !== '').join(' and ');

function needOf(
  engine: CountingEngine,
  parts: ModelParts,
  shape: BatchShape,
  recompute: boolean,
): MemoryNeed {
  const program = trainingProgram(parts, movingPhase(parts, null), shape);
  return engine.memoryOf!(recompute ? recomputed(program) : program);
}

export function bytesOf({ weights, step }: MemoryNeed): number {
  return weights + step;
}

function lengthOf({ padTo, targets }: EncodedExample): number {
  return padTo * 65_536 + targets.positions.length;
}
