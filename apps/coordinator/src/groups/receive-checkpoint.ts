// An initial checkpoint on its way in: any float format, checked and turned into float32 piece by piece while it flows.
// Routes and rows are in checkpoint-handlers.ts.
import { ProblemError } from '@colora/protocol/problems';
import { finiteValues } from '@colora/tensors/arithmetic';
import { planPieces } from '@colora/tensors/pieces';
import { SafetensorsError } from '@colora/tensors/safetensors/safetensors-error';
import { decodeRange, planContribution } from '@colora/tensors/wire/wire-plan';
import { type CutPiece, openWireStream } from '@colora/tensors/wire/wire-stream';
import type { CheckpointStaging } from '../checkpoints/staged-checkpoint.ts';

/** Fills `file`. Throws ProblemError on bytes that are no checkpoint. */
export async function receiveCheckpoint(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  file: CheckpointStaging,
): Promise<void> {
  try {
    const { header, pieces } = await openWireStream(source, { maxBytes });
    const plan = planContribution(header.tensors, planPieces(header.tensors), { ...header, metadata: {} });
    await file.begin(header.tensors);
    for await (const piece of pieces(plan)) await file.add(piece.index, asFloat32(piece));
  } catch (error) {
    if (error instanceof SafetensorsError) throw new ProblemError('invalid-tensors', error.message);
    throw error;
  }
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
