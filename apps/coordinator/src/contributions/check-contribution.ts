// Whether a contribution's bytes may enter a round: format, names, shapes, finite values, norm. Pure:
// it reads the bytes tensor by tensor and knows neither the database nor the network.
import {
  type ContributionMetadata,
  contributionMetadataSchema,
  contributionNormLimit,
} from '@colora/protocol/contribution';
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { planPieces } from '@colora/tensors/pieces';
import { SafetensorsError, type SafetensorsErrorCode } from '@colora/tensors/safetensors';
import { decodeRange, packedEncodingOf, planContribution } from '@colora/tensors/wire-plan';
import { openWireStream } from '@colora/tensors/wire-stream';

/** Names and shapes of the checkpoint it must be a subset of. */
export type Schema = ReadonlyMap<string, { readonly shape: readonly number[] }>;

export interface CheckedContribution {
  readonly metadata: ContributionMetadata;
  /** Global L2 norm over all of its tensors. */
  readonly norm: number;
}

/** Throws ProblemError naming the first thing that is wrong; never quotes a value. */
export async function checkContribution(
  bytes: Uint8Array,
  schema: Schema,
  settings: TaskSettings,
): Promise<CheckedContribution> {
  try {
    const stream = await openWireStream(one(bytes), { maxBytes: Number.MAX_SAFE_INTEGER });
    const metadata = checkMetadata(stream.header.metadata, settings);
    const checkpoint = [...schema].map(([name, { shape }]) => ({ name, shape }));
    const plan = planContribution(checkpoint, planPieces(checkpoint), stream.header);
    let squares = 0;
    let elements = 0;
    for await (const { ranges } of stream.pieces(plan)) {
      for (const part of ranges) {
        const data = new Float32Array(part.range.to - part.range.from);
        decodeRange(part, data);
        squares += sumOfSquares(part.range.name, data);
        elements += data.length;
      }
    }
    const norm = Math.sqrt(squares);
    checkNorm(norm, elements, settings.privacy);
    return { metadata, norm };
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new ProblemError(
      againstCheckpoint.has(error.code) ? 'wrong-tensors' : 'invalid-tensors',
      error.message,
    );
  }
}

/** What is wrong with tensors only beside the checkpoint's. */
const againstCheckpoint: ReadonlySet<SafetensorsErrorCode> = new Set([
  'unknown-tensor',
  'wrong-shape',
  'tensor-order',
]);

async function* one(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
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
  checkEncoding(metadata, settings.wire);
  const { kind } = parsed.data;
  if (kind === settings.training.contribution) return parsed.data;
  throw new ProblemError(
    'wrong-tensors',
    `this group takes ${settings.training.contribution} contributions, and this is a ${kind}`,
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

function sumOfSquares(name: string, data: Float32Array): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  if (Number.isFinite(sum)) return sum; // squares of float32 cannot overflow a float64 sum
  throw new ProblemError('not-finite', `${name} holds NaN or infinite values`);
}

function checkNorm(norm: number, elements: number, privacy: TaskSettings['privacy']): void {
  const limit = contributionNormLimit(privacy, elements) * (1 + 1e-4);
  if (norm <= limit) return;
  throw new ProblemError(
    'norm-exceeded',
    `its L2 norm is above ${limit.toPrecision(4)}: clip to privacy.clipNorm ${privacy.clipNorm}`,
  );
}
