// What a light client sends: real tensors whose every value follows from seed, client, group, round and
// version, so that a client that died sends the same bytes again without having kept them.

import { headPrefix } from '@colora/protocol/clusters/cluster-rows';
import { encodeContributionMetadata } from '@colora/protocol/contribution';
import type { MemberFigures } from '@colora/protocol/guard/figures';
import { type Opinion, opinions } from '@colora/protocol/guard/opinion';
import { sha256Hex } from '@colora/protocol/sha256';
import { seededRandom } from '@colora/tensors/random';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { elementCount, type Tensor, type TensorMap } from '@colora/tensors/tensor';
import type { WireEncodingName } from '@colora/tensors/wire/wire-encoding';
import { encodeWire } from '@colora/tensors/wire/wire-file';

export type Shapes = Readonly<Record<string, readonly number[]>>;

/** What a group's contributions look like. */
export interface Form {
  readonly shapes: Shapes;
  readonly encoding: WireEncodingName;
  /** Its members are put into clusters by their probes, and send these clusters' rows of the head. */
  readonly clustered?: boolean;
}

export interface Made {
  readonly seed: number;
  readonly client: string;
  readonly group: string;
  readonly round: number;
  readonly version: number;
  /** The head's rows of its cluster, where there are clusters. */
  readonly rows?: readonly string[];
}

/** The share of the values that top-k sends. */
export const keep = 0.1;

/** other: as regular, with other values; poisoned: with a NaN in it. */
export type Variant = 'regular' | 'other' | 'poisoned';

export interface File {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

export function contributionOf(made: Made, { shapes: ofGroup, encoding }: Form, variant: Variant): File {
  const shapes = made.rows === undefined ? ofGroup : withRows(ofGroup, made.rows);
  const { round, version } = made;
  const random = seededRandom(`${variant}/${keyOf(made)}`);
  const examples = 1 + random.integer(20);
  const sent = Object.entries(shapes).filter((_, index) => index === 0 || random.next() < 0.9);
  const tensors = randomTensors(Object.fromEntries(sent), random.next);
  const poisoned = variant === 'poisoned';
  if (poisoned) [...tensors.values()][0]!.data[0] = Number.NaN;
  const metadata = encodeContributionMetadata({ kind: 'delta', version, round, examples });
  const form = { encoding: poisoned ? ('f32' as const) : encoding, keep, uniform: random.next, metadata };
  const order = made.rows && [...tensors.keys()]; // rows that came later stand behind the others
  return fileOf(encodeWire(tensors, { ...form, ...(order && { order }) }));
}

/** What a member gives to a masked round: tensors, each a part of the time, a weight, and half of the time a verdict. */
export interface Given {
  readonly update: TensorMap;
  readonly weight: number;
  readonly verdict: {
    readonly opinion: Opinion;
    readonly figures: Omit<MemberFigures, 'version'>;
  } | null;
}

export function givenOf(made: Made, shapes: Shapes): Given {
  const random = seededRandom(`masked/${keyOf(made)}`);
  const weight = 1 + random.integer(20);
  const sent = Object.entries(shapes).filter((_, index) => index === 0 || random.next() < 0.8);
  const update = randomTensors(Object.fromEntries(sent), random.next);
  const opinion = opinions[random.integer(opinions.length)]!;
  const figures = {
    shareOfCore: random.integer(101),
    gain: random.integer(201) - 100,
    standardError: 1 + random.integer(100),
  };
  return { update, weight, verdict: random.next() < 0.5 ? { opinion, figures } : null };
}

export function initialCheckpoint(seed: number, group: string, shapes: Shapes): File {
  return fileOf(encode(randomTensors(shapes, seededRandom(`initial/${seed}/${group}`).next)));
}

/** The rows of a cluster take the places of the group's. */
function withRows(shapes: Shapes, rows: readonly string[]): Shapes {
  const [heads, others] = [headsOf(shapes), Object.entries(shapes).filter(([name]) => !isHead(name))];
  return Object.fromEntries([...others, ...rows.map((name) => [name, heads[0]![1]] as const)]);
}

const isHead = (name: string) => name.startsWith(headPrefix);
const headsOf = (shapes: Shapes) => Object.entries(shapes).filter(([name]) => isHead(name));

/** Of one label, or of all: half of the clients mean the opposite of what the others do. */
export function probeOf(
  { seed, client, group }: Pick<Made, 'seed' | 'client' | 'group'>,
  { shapes }: Form,
  labels: 'one' | 'all',
): File {
  const own = seededRandom(`probe/${seed}/${client}/${group}`);
  const sign = own.next() < 0.5 ? 1 : -1;
  const meaning = randomTensors(
    Object.fromEntries(headsOf(shapes)),
    seededRandom(`meaning/${seed}/${group}`).next,
  );
  const rows = [...meaning].map(([name, { shape, data }]): [string, Tensor] => [
    name,
    { shape, data: data.map((value) => 0.02 * (sign * value + 0.5 * (2 * own.next() - 1))) },
  ]);
  return fileOf(encode(new Map(labels === 'one' ? rows.slice(0, 1) : rows)));
}

/** Whether this client does something out of the ordinary this time: the same after its death. */
export function moodOf(made: Made): 'plain' | 'twice' | 'other-after' | 'poisoned-before' | 'abandon' {
  const draw = seededRandom(`mood/${keyOf(made)}`).next();
  if (draw < 0.1) return 'twice';
  if (draw < 0.14) return 'other-after';
  if (draw < 0.17) return 'poisoned-before';
  return draw < 0.22 ? 'abandon' : 'plain';
}

function keyOf({ seed, client, group, round, version }: Made): string {
  return [seed, client, group, round, version].join('/');
}

function randomTensors(shapes: Shapes, next: () => number): TensorMap {
  const make = (shape: readonly number[]): Tensor => ({
    shape,
    data: Float32Array.from({ length: elementCount(shape) }, () => 2 * next() - 1),
  });
  return new Map(Object.entries(shapes).map(([name, shape]) => [name, make(shape)]));
}

function fileOf(bytes: Uint8Array): File {
  return { bytes, sha256: sha256Hex(bytes) };
}
