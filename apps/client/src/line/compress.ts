// A round's contribution as the bytes the group's wire setting asks for, with error feedback (EF-SGD: Karimireddy et al.
// 2019, arXiv 1901.09847): what the encoding lost is kept and added to the next contribution before that is encoded, so
// that it is sent late, not never. Pure: the residual is stored with the personal part (personal-store.ts).
import { contributionNormLimit } from '@colora/protocol/contribution';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { addScaled, norm, scale, subtract } from '@colora/tensors/arithmetic';
import { seededRandom } from '@colora/tensors/random';
import { sameShape, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import { decodeContribution, encodeWire, inOrder } from '@colora/tensors/wire/wire-file';

export interface Compressed {
  readonly bytes: Uint8Array;
  /** What the bytes decode to. */
  readonly sent: TensorMap;
  /** What is to be added next time; empty where nothing is ever lost. */
  readonly residual: TensorMap;
  /** Of update and residual, where it was above what the round takes; null where it wasn't. */
  readonly cutFrom: number | null;
}

export interface CompressOptions {
  readonly settings: Pick<TaskSettings, 'wire' | 'privacy'>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of stochastic rounding. Another one for each participant and round, or their roundings would not average out. */
  readonly seed: string;
  /** The largest L2 norm that the round takes; null where none is told. */
  readonly normLimit?: number | null;
  /** Names in the order of the checkpoint, where that isn't the sorted one. */
  readonly order?: readonly string[];
}

/**
 * `update` has been clipped and noised (training's contribution.ts); compressing that and what is left of earlier ones
 * is post-processing, which weakens no guarantee of the noise. But the sum of update and residual, and rounding up, may
 * pass the norm that the coordinator admits: it is scaled until what the bytes decode to fits. What that cuts off is lost,
 * as what clipping cuts off is; were it kept, a sparse encoding's residual would grow without bound.
 */
export function compressContribution(
  update: TensorMap,
  residual: TensorMap,
  { settings, metadata, seed, normLimit, order = [] }: CompressOptions,
): Compressed {
  const { upload, keep } = settings.wire;
  const most = normLimit ?? Number.POSITIVE_INFINITY;
  if (upload === 'f32') {
    const length = norm(update);
    const sent = length > most ? scale(update, (most / length) * (1 - 1e-4)) : update;
    const bytes = encodeWire(sent, { encoding: 'f32', metadata, order });
    return { bytes, sent, residual: new Map(), cutFrom: length > most ? length : null };
  }
  const how = { encoding: upload, keep: keep ?? 1, uniform: seededRandom(seed).next, metadata, order };
  const limit = Math.min(most, contributionNormLimit(settings.privacy, elementsOf(update)));
  let wanted = withResidual(update, residual);
  let cutFrom: number | null = null;
  for (;;) {
    const bytes = encodeWire(wanted, how);
    const sent = decodeContribution(bytes, new Map(inOrder(wanted, order))).tensors;
    const length = norm(sent);
    if (length <= limit)
      return { bytes, sent, residual: new Map([...residual, ...subtract(wanted, sent)]), cutFrom };
    if (length > most) cutFrom ??= length;
    wanted = scale(wanted, (limit / length) * (1 - 1e-4)); // smaller each time, so this ends
  }
}

/** update + residual, for the tensors of the update: the residual of one that is not sent this time waits. */
function withResidual(update: TensorMap, residual: TensorMap): TensorMap {
  const sums = new Map<string, Tensor>();
  for (const [name, tensor] of update) {
    const left = residual.get(name);
    const one = new Map([[name, tensor]]);
    const fits = left !== undefined && sameShape(left.shape, tensor.shape);
    sums.set(name, fits ? addScaled(one, new Map([[name, left]]), 1).get(name)! : tensor);
  }
  return sums;
}

function elementsOf(tensors: TensorMap): number {
  let elements = 0;
  for (const { data } of tensors.values()) elements += data.length;
  return elements;
}
