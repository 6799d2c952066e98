// Whether a contribution may enter a round, told while its bytes flow: format, names, shapes, order, finite values, norm.
// Pure: it reads a stream piece by piece and knows neither the database nor the network.
import { mostClaimedExamples } from '@colora/protocol/aggregation-settings';
import { clusterRowOf, isHeadRow } from '@colora/protocol/clusters/cluster-rows';
import { clustersOf } from '@colora/protocol/clusters/cluster-settings';
import {
  beyondBelief,
  type ContributionMetadata,
  contributionMetadataSchema,
  contributionNormLimit,
  type MaskedMetadata,
  roundingRoom,
} from '@colora/protocol/contribution';
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';
import type { NamedShape } from '@colora/tensors/pieces';
import { SafetensorsError, type SafetensorsErrorCode } from '@colora/tensors/safetensors/safetensors-error';
import type { SafetensorsHeader } from '@colora/tensors/safetensors/safetensors-header';
import { elementCount } from '@colora/tensors/tensor';
import {
  packedEncodingOf,
  planContribution,
  type RangeBytes,
  rangeSquares,
} from '@colora/tensors/wire/wire-plan';
import { openWireStream, type WireStream } from '@colora/tensors/wire/wire-stream';
import type { Chunk } from '../blobs/chunk-storage.ts';
import type { CheckpointPlan } from '../checkpoints/checkpoint-plan.ts';

/** A contribution whose header is in order; its values are still to come. */
export interface OpenedContribution {
  /** Of a masked one, attempt and roster too. */
  readonly metadata: ContributionMetadata & Partial<Pick<MaskedMetadata, 'attempt' | 'roster'>>;
  /** Of the whole file. */
  readonly bytes: number;
  /**
   * The file in chunks, each checked before it is handed out: 0 is length and header, 1 + j the bytes of piece j. To be
   * iterated once; only when the loop has ended well is the contribution what it claims to be.
   */
  chunks(): AsyncGenerator<Chunk>;
  /** Global L2 norm over all of its tensors, once the loop has ended. */
  norm(): number;
  /** Releases the source of one whose chunks are not wanted, or not all of them. */
  close(): Promise<void>;
}

/** What a contribution is held against. */
interface Expected {
  /** Of the checkpoint it was made at, with what the next one has beside it. */
  readonly plan: CheckpointPlan;
  readonly settings: TaskSettings;
  /** Where its sender belonged in its round; null where the group has no clusters. */
  readonly cluster: number | null;
  /** The largest L2 norm that its round takes, where privacy.clipNorm doesn't say it; null: any. */
  readonly normLimit: number | null;
}

/**
 * Throws ProblemError naming the first thing that is wrong, here and out of `chunks`; never quotes a value.
 */
export async function openContribution(
  source: AsyncIterable<Uint8Array>,
  { plan, settings, cluster, normLimit }: Expected,
  limits: Parameters<typeof openWireStream>[1],
): Promise<OpenedContribution> {
  const stream = await openWireStream(source, limits).catch(explain);
  try {
    const metadata = checkMetadata(stream.header.metadata, settings);
    checkAny(stream.header, plan);
    checkRows(stream.header, settings, cluster);
    const pieces = planContribution(plan.tensors, plan.pieces, stream.header);
    const tally = { squares: 0, elements: 0 };
    return {
      metadata,
      bytes: stream.header.totalLength,
      chunks: () => checkedChunks(stream, pieces, { settings, normLimit }, tally),
      norm: () => Math.sqrt(tally.squares),
      close: stream.close,
    };
  } catch (error) {
    await stream.close();
    return explain(error);
  }
}

async function* checkedChunks(
  stream: WireStream,
  plan: Parameters<WireStream['pieces']>[0],
  { settings, normLimit }: Pick<Expected, 'settings' | 'normLimit'>,
  tally: { squares: number; elements: number },
): AsyncGenerator<Chunk> {
  try {
    yield { index: 0, data: stream.headerBytes };
    for await (const { index, bytes, ranges } of stream.pieces(plan)) {
      for (const range of ranges) addRange(range, tally, settings);
      yield { index: index + 1, data: bytes };
    }
  } catch (error) {
    explain(error);
  }
  const norm = Math.sqrt(tally.squares);
  checkNorm(norm, tally.elements, settings.privacy);
  checkRoundNorm(norm, normLimit);
}

function addRange(
  part: RangeBytes,
  tally: { squares: number; elements: number },
  { aggregation }: TaskSettings,
): void {
  const { name, from, to } = part.range;
  const squares = rangeSquares(part);
  if (!Number.isFinite(squares)) throw new ProblemError('not-finite', `${name} holds NaN or infinite values`);
  if (aggregation.normBound !== 'off' && squares > beyondBelief ** 2) {
    const detail = `${name} holds values that no training makes: their L2 norm is above ${beyondBelief}`;
    throw new ProblemError('norm-exceeded', detail);
  }
  tally.squares += squares;
  tally.elements += to - from;
}

/** What is wrong with tensors only beside the checkpoint's. */
const againstCheckpoint: ReadonlySet<SafetensorsErrorCode> = new Set([
  'unknown-tensor',
  'wrong-shape',
  'tensor-order',
]);

export function explain(error: unknown): never {
  if (!(error instanceof SafetensorsError)) throw error;
  if (error.code === 'too-large') throw new ProblemError('too-large', error.message);
  const code = againstCheckpoint.has(error.code) ? 'wrong-tensors' : 'invalid-tensors';
  throw new ProblemError(code, error.message);
}

function checkMetadata(
  metadata: Readonly<Record<string, string>>,
  settings: TaskSettings,
): ContributionMetadata {
  const parsed = contributionMetadataSchema.safeParse(metadata);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ProblemError('invalid-tensors', `the file's metadata: ${wrong.join('; ')}`);
  }
  checkExamples(parsed.data.examples);
  checkEncoding(metadata, settings.wire);
  const { kind } = parsed.data;
  if (kind === settings.training.contribution) return parsed.data;
  throw new ProblemError(
    'wrong-tensors',
    `this group takes ${settings.training.contribution} contributions, and this is a ${kind}`,
  );
}

/** Who counts sends something, where the group shares anything. */
function checkAny({ tensors }: SafetensorsHeader, plan: CheckpointPlan): void {
  const holdsValues = ({ shape }: NamedShape) => elementCount(shape) > 0;
  if (tensors.some(holdsValues) || !plan.tensors.some(holdsValues)) return;
  throw new ProblemError('wrong-tensors', 'it holds no values: send those of the tensors that were trained');
}

/** Of a group with clusters: the rows of its sender's own, and no others. */
function checkRows({ tensors }: SafetensorsHeader, settings: TaskSettings, cluster: number | null): void {
  if (clustersOf(settings) === 'off') return;
  const other = tensors.find(({ name }) => isHeadRow(name) && clusterRowOf(name)?.cluster !== cluster);
  if (other === undefined) return;
  throw new ProblemError(
    'wrong-tensors',
    `in that round you were in cluster ${cluster}, and ${JSON.stringify(other.name.slice(0, 100))} is no row of it`,
  );
}

/** A claim nobody can check is at least kept from owning the average. */
function checkExamples(examples: number): void {
  if (examples <= mostClaimedExamples) return;
  throw new ProblemError(
    'implausible-examples',
    `it claims ${examples} examples, and more than ${mostClaimedExamples} are not believed: send the number it was trained on`,
  );
}

/** Plain floats are taken by every group: they cost their sender more and nobody precision. */
function checkEncoding(metadata: Readonly<Record<string, string>>, { upload }: TaskSettings['wire']): void {
  const packed = packedEncodingOf(metadata)?.name;
  if (packed === undefined || packed === upload) return;
  throw new ProblemError(
    'wrong-tensors',
    `this group takes ${upload} contributions, and this one is ${packed}`,
  );
}

function checkNorm(norm: number, elements: number, privacy: TaskSettings['privacy']): void {
  const limit = contributionNormLimit(privacy, elements) * roundingRoom;
  if (norm <= limit) return;
  throw new ProblemError(
    'norm-exceeded',
    `its L2 norm is above ${limit.toPrecision(4)}: clip to privacy.clipNorm ${privacy.clipNorm}`,
  );
}

/** As checkNorm, with room for how its sender rounded. */
function checkRoundNorm(norm: number, normLimit: number | null): void {
  if (normLimit === null || norm <= normLimit * roundingRoom) return;
  throw new ProblemError(
    'norm-exceeded',
    `its L2 norm is ${norm.toPrecision(4)}, and its round takes at most ${normLimit.toPrecision(4)}`,
  );
}
