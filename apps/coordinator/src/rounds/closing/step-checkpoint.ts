// The server optimizer's step, piece by piece: from a checkpoint's file and the round's update to the file of the next
// one, in memory of a piece beside the optimizer's state. Which optimizer, and where the update comes from, is not known here.
import { type GroupSize, scaffold } from '@colora/aggregation/optimizers/scaffold';
import type { ServerOptimizer } from '@colora/aggregation/optimizers/server-optimizer';
import type { PieceRange } from '@colora/tensors/pieces';
import type { SafetensorsHeader } from '@colora/tensors/safetensors/safetensors-header';
import { elementCount, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { bytesOf, toLittleEndian } from '@colora/tensors/tensor-bytes';
import { decodeRange, planContribution, type RangeBytes } from '@colora/tensors/wire/wire-plan';
import { type CutPiece, openWireStream } from '@colora/tensors/wire/wire-stream';
import type { BlobSize, BlobStore } from '../../blobs/blob-store.ts';
import type { CheckpointPlan } from '../../checkpoints/checkpoint-plan.ts';
import type { CheckpointStaging } from '../../checkpoints/staged-checkpoint.ts';
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
  blobs: Pick<BlobStore, 'stream'>,
  { blob, plan, optimizer, state, update, size, between }: StepInputs,
  file: CheckpointStaging,
): Promise<Record<string, number>> {
  const { header, pieces } = await openWireStream(blobs.stream(blob), { maxBytes: blob.bytes });
  const withControls = scaffold(optimizer, size);
  const squares: Record<string, number> = {};
  await file.begin(plan.tensors); // names, shapes and order stay as they are; what is added comes last
  const starts = await readStarts(blobs, blob, plan, header);
  const held = pieces(planContribution(plan.tensors, plan.pieces, header));
  for await (const piece of withStarts(held, plan, starts)) {
    const { ranges } = piece;
    const here = updateIn(update, ranges);
    const step = withControls.next(state.slice(ranges), piece.params, here);
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

interface ParamsPiece {
  readonly index: number;
  readonly ranges: readonly PieceRange[];
  /** One-dimensional, in the order of the ranges. */
  readonly params: TensorMap;
}

/** All pieces of the next checkpoint: those of the file, and behind them or beside them what it lacks. */
async function* withStarts(
  held: AsyncIterable<CutPiece>,
  { pieces }: CheckpointPlan,
  starts: TensorMap,
): AsyncGenerator<ParamsPiece> {
  let index = 0;
  const filled = (found: readonly RangeBytes[]): ParamsPiece => {
    const { ranges } = pieces[index]!;
    const params = new Map(ranges.map((range) => [range.name, paramsIn(range, found, starts)]));
    return { index: index++, ranges, params };
  };
  for await (const piece of held) {
    while (index < piece.index) yield filled([]);
    yield filled(piece.ranges);
  }
  while (index < pieces.length) yield filled([]);
}

function paramsIn(range: PieceRange, found: readonly RangeBytes[], starts: TensorMap): Tensor {
  const { name, from, to } = range;
  const start = starts.get(name);
  if (start !== undefined) return { shape: [to - from], data: start.data.slice(from, to) };
  const data = new Float32Array(to - from);
  decodeRange(found.find((part) => part.range.name === name)!, data);
  return { shape: [to - from], data };
}

/** The values that added tensors start from, which a file holds before them or not at all. */
async function readStarts(
  blobs: Pick<BlobStore, 'stream'>,
  blob: BlobSize,
  plan: CheckpointPlan,
  header: SafetensorsHeader,
): Promise<TensorMap> {
  const starts = new Map<string, Tensor>();
  for (const { name, shape } of plan.tensors.filter(({ name }) => plan.starts.has(name))) {
    const from = header.tensors.find((tensor) => tensor.name === plan.starts.get(name));
    const data = new Float32Array(elementCount(shape));
    if (from !== undefined && from.length === data.byteLength) {
      const bytes = bytesOf(data);
      let at = 0;
      for await (const part of blobs.stream(blob, from.offset, from.offset + from.length)) {
        bytes.set(part, at);
        at += part.length;
      }
      toLittleEndian(bytes, 4); // the other way round is the same
    }
    starts.set(name, { shape, data });
  }
  return starts;
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
