// The server optimizer's step, piece by piece: from a checkpoint's file and the round's update to the file of the next
// one, in memory of a piece beside the optimizer's state. Which optimizer, and where the update comes from, is not known here.
import { type GroupSize, scaffold } from '@colora/aggregation/optimizers/scaffold';
import type { ServerOptimizer } from '@colora/aggregation/optimizers/server-optimizer';
import type { PieceRange } from '@colora/tensors/pieces';
import type { Tensor, TensorMap } from '@colora/tensors/tensor';
import { decodeRange, planContribution } from '@colora/tensors/wire/wire-plan';
import { type CutPiece, openWireStream } from '@colora/tensors/wire/wire-stream';
import type { BlobSize } from '../../blobs/blob-store.ts';
import type { CheckpointPlan } from '../../checkpoints/checkpoint-plan.ts';
import type { CheckpointStaging } from '../../checkpoints/staged-checkpoint.ts';
import type { Context } from '../../context.ts';
import type { OptimizerState } from './optimizer-state.ts';

interface StepInputs {
  readonly blob: BlobSize;
  readonly plan: CheckpointPlan;
  readonly optimizer: ServerOptimizer;
  /** Changed in place. */
  readonly state: OptimizerState;
  readonly update: TensorMap;
  readonly size: GroupSize;
  /** Called between pieces. */
  readonly between: () => Promise<void>;
}

/** Fills `file` with the next checkpoint; returns the optimizer's figures over the whole step. */
export async function stepCheckpoint(
  { blobs }: Pick<Context, 'blobs'>,
  { blob, plan, optimizer, state, update, size, between }: StepInputs,
  file: CheckpointStaging,
): Promise<Record<string, number>> {
  const { header, pieces } = await openWireStream(blobs.stream(blob), { maxBytes: blob.bytes });
  const withControls = scaffold(optimizer, size);
  const squares: Record<string, number> = {};
  await file.begin(plan.tensors); // names, shapes and order stay as they are
  for await (const piece of pieces(planContribution(plan.tensors, plan.pieces, header))) {
    const ranges = piece.ranges.map(({ range }) => range);
    const here = updateIn(update, ranges);
    const step = withControls.next(state.slice(ranges), paramsOf(piece), here);
    state.put(ranges, step.state);
    for (const [name, norm] of Object.entries(step.metrics))
      squares[name] = (squares[name] ?? 0) + norm * norm;
    await file.add(piece.index, valuesOf(step.params));
    await between();
  }
  return Object.fromEntries(Object.entries(squares).map(([name, square]) => [name, Math.sqrt(square)]));
}

/** The update's elements there, as one-dimensional tensors. */
function updateIn(update: TensorMap, ranges: readonly PieceRange[]): TensorMap {
  const slices = new Map<string, Tensor>();
  for (const { name, from, to } of ranges) {
    const whole = update.get(name);
    if (whole !== undefined) slices.set(name, { shape: [to - from], data: whole.data.subarray(from, to) });
  }
  return slices;
}

function paramsOf({ ranges }: CutPiece): TensorMap {
  return new Map(
    ranges.map((part): [string, Tensor] => {
      const { name, from, to } = part.range;
      const data = new Float32Array(to - from);
      decodeRange(part, data);
      return [name, { shape: [to - from], data }];
    }),
  );
}

/** In the map's order, which is the piece's. */
function valuesOf(tensors: TensorMap): Float32Array {
  const values = new Float32Array([...tensors.values()].reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of tensors.values()) {
    values.set(data, at);
    at += data.length;
  }
  return values;
}
