// Membership by gradients: an update is made of the gradients of the examples behind it, so those point its way more than others' do.
// One example at a time, at the checkpoint, with the personal part at its start: what somebody has who sees the update and guesses
// the example. What all examples of the task have in common would drown the rest, so it is taken out by gradients of examples that
// are known to be nobody's: what is left of the update is orthogonal to theirs.
import type { TensorMap } from '@colora/tensors/tensor';
import type { Engine } from '../engines/engine.ts';
import { prepareBatch } from '../programs/batches.ts';
import type { ModelParts } from '../programs/model-parts.ts';
import { gradientsOf, parameterInputs } from '../programs/parameter-inputs.ts';
import { trainingProgram } from '../programs/programs.ts';
import type { SourcedExample } from '../tasks/encode-examples.ts';

export interface GradientScores {
  /** By example, then by update: their inner product over the gradient's length, both without what references explain. */
  readonly scores: readonly (readonly number[])[];
  /** Indices of the examples that nothing can be had of; their scores are left out. */
  readonly setAside: readonly number[];
}

export interface GradientScoring {
  readonly engine: Engine;
  readonly parts: ModelParts;
  /** All owners' tensors. */
  readonly tensors: TensorMap;
  readonly updates: readonly TensorMap[];
  /** Told after each gradient. */
  readonly onGradient: () => void;
}

/** Of references, whose gradients are held in memory: 256 MB of them. */
const mostValues = 64_000_000;
/** A gradient of which references explain all but this share is taken for one of theirs. */
const leastShare = 1e-3;

/** A text that was cut into pieces scores as the mean of its pieces. */
export async function gradientScores(
  scoring: GradientScoring,
  examples: readonly SourcedExample[],
  references: readonly SourcedExample[],
): Promise<number[][]> {
  const basis: Float32Array[] = [];
  for (const reference of references) {
    const direction = flat(scoring, await gradientOf(scoring, reference));
    if ((basis.length + 1) * direction.length > mostValues) break;
    const size = lengthOf(direction);
    for (const known of basis) takeOut(direction, known);
    const left = lengthOf(direction);
    if (left > leastShare * size) basis.push(direction.map((value) => value / left));
  }
  const updates = scoring.updates.map((update) => {
    const values = flat(scoring, update);
    for (const known of basis) takeOut(values, known);
    return values;
  });
  const bySource = new Map<number, number[][]>();
  for (const example of examples) {
    const gradient = flat(scoring, await gradientOf(scoring, example));
    const explained = basis.reduce((sum, known) => sum + inner(gradient, known) ** 2, 0);
    const left = Math.sqrt(Math.max(0, inner(gradient, gradient) - explained));
    const scores = updates.map((update) => (left === 0 ? 0 : inner(update, gradient) / left));
    bySource.set(example.source, [...(bySource.get(example.source) ?? []), scores]);
  }
  return [...bySource.values()].map((pieces) =>
    updates.map((_, index) => pieces.reduce((sum, scores) => sum + scores[index]!, 0) / pieces.length),
  );
}

async function gradientOf(
  { engine, parts, tensors, onGradient }: GradientScoring,
  example: SourcedExample,
): Promise<TensorMap> {
  const batch = prepareBatch(parts, [example], 1, true);
  const compiled = await engine.compile(trainingProgram(parts, 'shared', batch.shape));
  const outputs = await compiled.run({ ...batch.inputs, ...parameterInputs(parts, tensors) }, batch.keys);
  onGradient();
  return gradientsOf(parts, 'shared', outputs);
}

/** The shared tensors' values one after the other; zeros for those that a map lacks. */
function flat({ parts }: GradientScoring, tensors: TensorMap): Float32Array {
  const sizes = parts.shared.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const values = new Float32Array(sizes.reduce((sum, size) => sum + size, 0));
  let at = 0;
  for (const [index, { name }] of parts.shared.entries()) {
    values.set(tensors.get(name)?.data ?? [], at);
    at += sizes[index]!;
  }
  return values;
}

/** Takes from `values` its part along `unit`. */
function takeOut(values: Float32Array, unit: Float32Array): void {
  const part = inner(values, unit);
  for (let i = 0; i < values.length; i += 1) values[i] = values[i]! - part * unit[i]!;
}

function inner(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i += 1) sum += one[i]! * other[i]!;
  return sum;
}

const lengthOf = (values: Float32Array) => Math.sqrt(inner(values, values));
