// An initial checkpoint on its way in: any float format, checked and turned into float32 piece by piece while it flows.
// Routes and rows are in checkpoint-handlers.ts.
import { clusterRowOf, isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { finiteValues } from '@colora/tensors/arithmetic';
import { type NamedShape, planPieces } from '@colora/tensors/pieces';
import { SafetensorsError } from '@colora/tensors/safetensors/safetensors-error';
import { sameShape } from '@colora/tensors/tensor';
import { decodeRange, planContribution } from '@colora/tensors/wire/wire-plan';
import { type CutPiece, openWireStream } from '@colora/tensors/wire/wire-stream';
import type { CheckpointStaging } from '../checkpoints/staged-checkpoint.ts';

/** Fills `file`. Throws ProblemError on bytes that are no checkpoint of a group of these settings. */
export async function receiveCheckpoint(
  source: AsyncIterable<Uint8Array>,
  { maxBytes, settings }: { readonly maxBytes: number; readonly settings: TaskSettings },
  file: CheckpointStaging,
): Promise<void> {
  try {
    const { header, pieces } = await openWireStream(source, { maxBytes });
    assertNames(header.tensors);
    if (clustersOf(settings) !== 'off') assertHead(header.tensors);
    const plan = planContribution(header.tensors, planPieces(header.tensors), { ...header, metadata: {} });
    await file.begin(header.tensors);
    for await (const piece of pieces(plan)) await file.add(piece.index, asFloat32(piece));
  } catch (error) {
    if (error instanceof SafetensorsError) throw new ProblemError('invalid-tensors', error.message);
    throw error;
  }
}

/** Figures are kept by these names, where a database takes no such signs. */
function assertNames(tensors: readonly NamedShape[]): void {
  const odd = tensors.find(({ name }) => /\p{Cc}/u.test(name));
  if (odd === undefined) return;
  const name = JSON.stringify(odd.name.slice(0, 100));
  throw new ProblemError('invalid-tensors', `the name ${name} holds control characters: rename that tensor`);
}

/** Clusters start from rows that are there, and have none yet. */
function assertHead(tensors: readonly NamedShape[]): void {
  const rows = tensors.filter(({ name }) => isHeadRow(name));
  const isAlike = ({ name, shape }: NamedShape) =>
    sameShape(shape, rows[0]!.shape) && clusterRowOf(name) === null;
  if (rows.length > 0 && rows.every(isAlike)) return;
  throw new ProblemError(
    'wrong-tensors',
    'a group with clusters begins with rows head/<label> of one shape, and none of a cluster: send those, or make a group with clusters off',
  );
}

function asFloat32({ ranges }: CutPiece): Float32Array {
  const elements = ranges.reduce((sum, { range }) => sum + range.to - range.from, 0);
  const values = new Float32Array(elements);
  let at = 0;
  for (const part of ranges) {
    const { from, to } = part.range;
    decodeRange(part, values.subarray(at, at + to - from));
    at += to - from;
  }
  if (!finiteValues(values)) {
    throw new ProblemError('not-finite', 'the checkpoint holds NaN or infinite values');
  }
  return values;
}
