// A round's contributions as rows of values, read out of where they are kept piece by piece and one contribution at a time, in
// the order of their participants' ids. What is made of them is the aggregation rule's affair.
import type { HeldContributions } from '@colora/aggregation/privacy/fewest-members';
import type { Sender } from '@colora/aggregation/rules/rule';
import type { WindowRows } from '@colora/aggregation/run-rule';
import type { PieceRange } from '@colora/tensors/pieces';
import {
  lengthBytes,
  parseHeader,
  type SafetensorsHeader,
} from '@colora/tensors/safetensors/safetensors-header';
import { alignedFloats } from '@colora/tensors/tensor-bytes';
import {
  decodeRange,
  planContribution,
  type RangeBytes,
  rangesOf,
  type WirePiece,
} from '@colora/tensors/wire/wire-plan';
import type { BlobStore } from '../../blobs/blob-store.ts';
import { reusedMemory } from '../../blobs/chunk-memory.ts';
import type { TakeMemory } from '../../blobs/chunk-storage.ts';
import type { CheckpointPlan } from '../../checkpoints/checkpoint-plan.ts';

/** A contribution's file, and what it counts. */
export interface StoredContribution extends Sender {
  readonly blobId: string;
}

/** `stored`: in the order of their participants' ids. `between` is called before each window is read. */
export async function openContributions(
  blobs: Pick<BlobStore, 'chunks'>,
  stored: readonly StoredContribution[],
  checkpoint: CheckpointPlan,
  between: () => Promise<void>,
): Promise<HeldContributions> {
  const plans: Map<number, WirePiece>[] = [];
  const planOf = sharedPlans(checkpoint);
  for await (const chunk of blobs.chunks(stored.map(({ blobId }) => ({ blobId, index: 0 })))) {
    plans.push(planOf(parseHeader(chunk.subarray(lengthBytes))));
  }
  return {
    held: namesByPlan(plans),
    schema: new Map(checkpoint.tensors.map(({ name, shape }) => [name, { shape }])),
    pieces: checkpoint.pieces,
    senders: stored.map(({ weight, staleness, norm }) => ({ weight, staleness, norm })),
    async *rows({ piece, ranges }) {
      await between();
      const memory = lentMemory();
      const places = stored
        .map(({ blobId }) => ({ blobId, index: piece + 1 }))
        .filter((_, sender) => plans[sender]!.has(piece));
      const chunks = blobs.chunks(places, memory.chunk)[Symbol.asyncIterator]();
      try {
        for (const plan of plans) {
          const held = plan.get(piece);
          if (held === undefined) yield ranges.map(() => null);
          else yield rowsOf(held, (await chunks.next()).value as Uint8Array, ranges, memory.values);
        }
        await chunks.next(); // its end gives the connection back
      } finally {
        await chunks.return?.();
      }
    },
  };
}

/** Most have the same plan, and then the same set. */
function namesByPlan(plans: readonly ReadonlyMap<number, WirePiece>[]): ReadonlySet<string>[] {
  const known = new Map<ReadonlyMap<number, WirePiece>, ReadonlySet<string>>();
  return plans.map((plan) => {
    const names =
      known.get(plan) ?? new Set([...plan.values()].flatMap(({ ranges }) => ranges.map(({ name }) => name)));
    known.set(plan, names);
    return names;
  });
}

function rowsOf(
  held: WirePiece,
  chunk: Uint8Array,
  ranges: readonly PieceRange[],
  valueMemory: (range: number) => TakeMemory,
): WindowRows {
  const found = rangesOf(held, chunk);
  return ranges.map(({ name, from, to }, r) => {
    const part = found.find(({ range }) => range.name === name);
    if (part === undefined) return null;
    const { range } = part;
    return valuesOf(part, valueMemory(r)).subarray(from - range.from, to - range.from);
  });
}

/** Plain floats are looked at where they lie. */
function valuesOf(part: RangeBytes, take: TakeMemory): Float32Array {
  const { bytes, range } = part;
  if (range.encoding.name === 'f32') return alignedFloats(bytes);
  const elements = range.to - range.from;
  const { buffer, byteOffset } = take(4 * elements);
  const values = new Float32Array(buffer, byteOffset, elements);
  decodeRange(part, values);
  return values;
}

/** One chunk's, and one row's of each range, used again for the next contribution: else a round makes garbage of all its bytes twice. */
function lentMemory() {
  const values = new Map<number, TakeMemory>();
  return {
    chunk: reusedMemory(),
    values(range: number): TakeMemory {
      const known = values.get(range) ?? reusedMemory();
      values.set(range, known);
      return known;
    },
  };
}

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
