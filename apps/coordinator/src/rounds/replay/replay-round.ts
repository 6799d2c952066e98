// A committed round once more, out of files: by the function that closes rounds, from the files that a manifest names, whatever of
// late contributions, clusters, encodings and the server optimizer is in them. What comes out is held to the manifest by whoever
// asks (the command `colora verify`). No database, no network.
import { AggregationError } from '@colora/aggregation/aggregation-error';
import { openRoster } from '@colora/privacy/masking/roster';
import { contributionMetadataSchema } from '@colora/protocol/contribution';
import { ringHolding, ringLoadOf } from '@colora/protocol/masking/masking-ring';
import type { Unmasking } from '@colora/protocol/masking/unmasking';
import type { Manifest } from '@colora/protocol/proofs/manifest';
import type { CountedEntry } from '@colora/protocol/proofs/manifest-entry';
import { contributionForm } from '@colora/protocol/proofs/statement';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { pieceElements } from '@colora/tensors/pieces';
import { decode } from '@colora/tensors/safetensors/safetensors';
import { SafetensorsError } from '@colora/tensors/safetensors/safetensors-error';
import { joined } from '@colora/tensors/tensor-bytes';
import { planContribution, rangeSquares } from '@colora/tensors/wire/wire-plan';
import { openWireStream } from '@colora/tensors/wire/wire-stream';
import { type CheckpointPlan, createPlanCache } from '../../checkpoints/checkpoint-plan.ts';
import { makeCheckpoint } from '../closing/make-checkpoint.ts';
import { stageNextCheckpoint } from '../closing/next-checkpoint.ts';
import type { NoiseSource } from '../closing/round-noise.ts';
import { type LocalFiles, openLocalFiles } from './local-files.ts';

interface CommittedRound {
  readonly manifest: Pick<Manifest, 'added' | 'members' | 'needed' | 'round'>;
  readonly settings: TaskSettings;
  /** In the manifest's order. */
  readonly counted: readonly CountedEntry[];
  /** The base's file and its optimizer's state, by sha256; null: it has none. */
  readonly base: { readonly sha256: string; readonly bytes: number };
  readonly state: string | null;
  /** Of the noise on the sum, where there is any, and whoever replays may know it; the coordinator alone has it (RoundNoise). */
  readonly noise?: NoiseSource | null;
  /** Of a masked round: what takes the masks off its sum; null of others. */
  readonly unmasking?: Unmasking | null;
  /** Where a file lies whose bytes have that sha256. */
  readonly pathOf: (sha256: string) => string;
}

/** The sha256 of each file that came out. */
interface Replayed {
  readonly checkpoint: string;
  readonly download: string | null;
  readonly optimizer: string | null;
}

/** `faults`: where a contribution isn't what its entry says; `made` is null where nothing can come of them. */
export interface Replay {
  readonly made: Replayed | null;
  readonly faults: readonly string[];
}

export async function replayRound(round: CommittedRound): Promise<Replay> {
  const { manifest, settings, counted, base, pathOf, noise = null, unmasking = null } = round;
  const files = openLocalFiles(pathOf);
  const faults: string[] = [];
  try {
    const blob = { id: base.sha256, bytes: base.bytes };
    const added = manifest.added.map(([name, shape, start]) => ({ name, shape, start }));
    const plan = await createPlanCache(files).readWith(blob, added.length, async () => added);
    const read = unmasking === null ? readContribution : readMasked;
    for (const entry of counted) faults.push(...(await read(files, entry, round, plan)));
    if (unmasking !== null) faults.push(...senderFaults(unmasking, counted));
    const next = stageNextCheckpoint(nowhere, settings.wire.download);
    const { staged } = await makeCheckpoint(
      files,
      {
        ...{ settings, base: blob, plan, members: manifest.members, needed: manifest.needed ?? 1 },
        state: round.state === null ? new Map() : decode(await readWhole(files, round.state)).tensors,
        contributions: counted.map(({ sha256, ...figures }) => ({ blobId: sha256, ...figures })),
        noise,
        unmasking,
        between: async () => undefined,
      },
      next,
    );
    const { tensors, download, optimizerState } = staged;
    const made = {
      checkpoint: tensors.sha256,
      download: download?.sha256 ?? null,
      optimizer: optimizerState?.sha256 ?? null,
    };
    return { made, faults };
  } catch (error) {
    if (!(error instanceof SafetensorsError || error instanceof AggregationError)) throw error;
    return { made: null, faults: [...faults, `no checkpoint comes of it: ${error.message}`] };
  }
}

/** Finds where its pieces lie; what its file says of itself is held to its entry. */
async function readContribution(
  files: LocalFiles,
  entry: CountedEntry,
  { manifest, pathOf }: CommittedRound,
  { tensors, pieces }: CheckpointPlan,
): Promise<string[]> {
  const { sha256: id, bytes } = entry;
  const stream = await openWireStream(openLocalFiles(pathOf).stream({ id, bytes }), { maxBytes: bytes });
  const cuts = new Map([[0, { from: 0, to: stream.headerBytes.length }]]);
  let at = stream.headerBytes.length;
  let squares = 0;
  for await (const piece of stream.pieces(planContribution(tensors, pieces, stream.header))) {
    cuts.set(piece.index + 1, { from: at, to: at + piece.bytes.length });
    at += piece.bytes.length;
    for (const range of piece.ranges) squares += rangeSquares(range);
  }
  files.cut(id, cuts);
  return factsOf(entry, manifest.round, { norm: Math.sqrt(squares), metadata: stream.header.metadata });
}

/** The same of a masked contribution, whose one tensor lies in pieces of as many values. */
async function readMasked(
  files: LocalFiles,
  entry: CountedEntry,
  { manifest, pathOf, settings, unmasking }: CommittedRound,
): Promise<string[]> {
  const { sha256: id, bytes } = entry;
  const stream = await openWireStream(openLocalFiles(pathOf).stream({ id, bytes }), { maxBytes: bytes });
  await stream.close();
  const members = openRoster(unmasking!.roster).members.length;
  const most = (pieceElements * (ringHolding(ringLoadOf(settings, members)) ?? 32)) / 8;
  const begin = stream.headerBytes.length;
  const cuts = new Map([[0, { from: 0, to: begin }]]);
  for (let from = begin, index = 1; from < bytes; from += most, index += 1)
    cuts.set(index, { from, to: Math.min(from + most, bytes) });
  files.cut(id, cuts);
  return factsOf(entry, manifest.round, { norm: 0, metadata: stream.header.metadata });
}

/** Whose masks come off is whose contributions count. */
function senderFaults({ roster, senders }: Unmasking, counted: readonly CountedEntry[]): string[] {
  const { members } = openRoster(roster);
  const keys = counted.map(({ statement }) => contributionForm.read(statement ?? '')?.key ?? '').sort();
  const summed = senders.map((number) => members[number]?.key ?? '-').sort();
  return keys.length === summed.length && keys.every((key, at) => key === summed[at])
    ? []
    : ['the masks that were taken off are not those of the members whose contributions count'];
}

function factsOf(
  entry: CountedEntry,
  round: number | null,
  { norm, metadata }: { readonly norm: number; readonly metadata: Readonly<Record<string, string>> },
): string[] {
  const name = `the contribution of ${entry.participant} to round ${round}`;
  const said = contributionMetadataSchema.safeParse(metadata).data;
  const facts = [
    ['its norm', norm, entry.norm],
    ['its examples', said?.examples, entry.examples],
    ['the checkpoint it was made at', said?.version, entry.version],
    ['the round it was made for', said?.round, entry.madeFor],
  ] as const;
  return facts.flatMap(([what, is, told]) =>
    is === told ? [] : [`${name}: ${what} is ${is}, and its entry says ${told}`],
  );
}

async function readWhole(files: LocalFiles, id: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of files.stream({ id, bytes: 0 })) parts.push(part);
  return joined(parts);
}

/** What is made is hashed and let go. */
const nowhere = {
  stage: () => ({ id: '', add: async () => undefined, finish: async () => undefined, begun: false }),
  discard: async () => undefined,
};
