// A probe's bytes: checked when they come, decoded when members are compared. Where they are kept is put-probe.ts's.
import type { Probe } from '@colora/aggregation/clusters/likeness';
import { clusterRowOf, headPrefix, isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import { probeRowLimit } from '@colora/protocol/clusters/clusters';
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { allFinite, norm } from '@colora/tensors/arithmetic';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { SafetensorsError } from '@colora/tensors/safetensors/safetensors-error';
import { sameShape, type TensorMap } from '@colora/tensors/tensor';

/** The labels it has rows of, in order. Throws ProblemError naming what is wrong; never quotes a value. */
export function checkProbe(bytes: Uint8Array, shape: readonly number[], { task }: TaskSettings): string[] {
  const rows = decoded(bytes);
  const known = new Set('labels' in task ? task.labels : []);
  const limit = probeRowLimit(shape[0] ?? 0);
  const labels: string[] = [];
  for (const [name, row] of rows) {
    const shown = JSON.stringify(name.slice(0, 100));
    const label = isHeadRow(name) && clusterRowOf(name) === null ? name.slice(headPrefix.length) : null;
    if (label === null || !known.has(label))
      throw new ProblemError(
        'wrong-tensors',
        `a probe holds head rows of the group’s labels, and ${shown} is none`,
      );
    if (!sameShape(row.shape, shape))
      throw new ProblemError(
        'wrong-tensors',
        `${shown} has the shape [${row.shape.join(', ')}], a row here has [${shape.join(', ')}]`,
      );
    const one = new Map([[name, row]]);
    if (!allFinite(one)) throw new ProblemError('not-finite', `${shown} holds NaN or infinite values`);
    if (norm(one) > limit)
      throw new ProblemError('norm-exceeded', `${shown} is longer than a probe’s steps can make it`);
    labels.push(label);
  }
  if (labels.length === 0) throw new ProblemError('wrong-tensors', 'the probe holds no row');
  return labels.sort();
}

export function probeOf(bytes: Uint8Array): Probe {
  return new Map([...decoded(bytes)].map(([name, { data }]) => [name.slice(headPrefix.length), data]));
}

function decoded(bytes: Uint8Array): TensorMap {
  try {
    return decode(bytes).tensors;
  } catch (error) {
    if (error instanceof SafetensorsError) throw new ProblemError('invalid-tensors', error.message);
    throw error;
  }
}
