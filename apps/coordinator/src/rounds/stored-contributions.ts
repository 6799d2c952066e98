// A round's contributions as rows of values, read out of the database piece by piece and one contribution at a time, in
// the order of their participants' ids. What is made of them is the aggregation rule's affair.
import { endianness } from 'node:os';
import type { RoundContributions, WindowRows } from '@colora/aggregation/run-rule';
import type { PieceRange } from '@colora/tensors/pieces';
import { lengthBytes, parseHeader, type SafetensorsHeader } from '@colora/tensors/safetensors';
import { uninitialised } from '@colora/tensors/uninitialised';
import {
  decodeRange,
  planContribution,
  type RangeBytes,
  rangesOf,
  type WirePiece,
} from '@colora/tensors/wire-plan';
import type { CheckpointPlan } from '../checkpoints/checkpoint-plan.ts';
import type { Context } from '../context.ts';
import type { ContributionModel } from '../generated/prisma/models.ts';

export interface StoredContributions extends RoundContributions {
  /** In the order of `senders`. */
  readonly rowsInDatabase: readonly ContributionModel[];
}

/** `between` is called before each window is read. */
export async function openContributions(
  { db, blobs }: Pick<Context, 'db' | 'blobs'>,
  roundId: string,
  checkpoint: CheckpointPlan,
  between: () => Promise<void>,
): Promise<StoredContributions> {
  const stored = await db.contribution.findMany({ where: { roundId }, orderBy: { participantId: 'asc' } });
  const plans: Map<number, WirePiece>[] = [];
  const planOf = sharedPlans(checkpoint);
  for await (const chunk of blobs.chunks(stored.map(({ blobId }) => ({ blobId, index: 0 })))) {
    plans.push(planOf(parseHeader(chunk.subarray(lengthBytes))));
  }
  return {
    rowsInDatabase: stored,
    schema: new Map(checkpoint.tensors.map(({ name, shape }) => [name, { shape }])),
    pieces: checkpoint.pieces,
    senders: stored.map(({ weight, staleness, norm }) => ({ weight, staleness, norm })),
    async *rows({ piece, ranges }) {
      await between();
      const places = stored
        .map(({ blobId }) => ({ blobId, index: piece + 1 }))
        .filter((_, sender) => plans[sender]!.has(piece));
      const chunks = blobs.chunks(places)[Symbol.asyncIterator]();
      try {
        for (const plan of plans) {
          const held = plan.get(piece);
          if (held === undefined) yield ranges.map(() => null);
          else yield rowsOf(held, (await chunks.next()).value as Uint8Array, ranges);
        }
        await chunks.next(); // its end gives the connection back
      } finally {
        await chunks.return?.();
      }
    },
  };
}

function rowsOf(held: WirePiece, chunk: Uint8Array, ranges: readonly PieceRange[]): WindowRows {
  const found = rangesOf(held, chunk);
  return ranges.map(({ name, from, to }) => {
    const part = found.find(({ range }) => range.name === name);
    if (part === undefined) return null;
    const values = valuesOf(part);
    const { range } = part;
    return from === range.from && to === range.to ? values : values.slice(from - range.from, to - range.from);
  });
}

/** Plain floats are looked at where they lie: the chunk is nobody else's. */
function valuesOf(part: RangeBytes): Float32Array {
  const { bytes, range } = part;
  const elements = range.to - range.from;
  if (range.encoding.name === 'f32' && littleEndian && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, elements);
  }
  const values = new Float32Array(uninitialised(4 * elements).buffer);
  decodeRange(part, values);
  return values;
}

const littleEndian = endianness() === 'LE';

/** Contributions of one round mostly hold the same tensors in the same form: their plans are made and kept once. */
function sharedPlans({ tensors, pieces }: CheckpointPlan) {
  const made = new Map<string, Map<number, WirePiece>>();
  return (header: SafetensorsHeader): Map<number, WirePiece> => {
    const layout = header.tensors.map(({ name, dtype, length }) => [name, dtype, length]);
    const key = JSON.stringify([header.metadata.encoding, layout]);
    const known = made.get(key);
    if (known !== undefined) return known;
    const plan = new Map(planContribution(tensors, pieces, header).map((piece) => [piece.index, piece]));
    made.set(key, plan);
    return plan;
  };
}
