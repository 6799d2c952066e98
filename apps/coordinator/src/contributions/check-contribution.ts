// Whether a contribution's bytes may enter a round: format, names, shapes, finite values, norm. Pure:
// it reads the bytes tensor by tensor and knows neither the database nor the network.
import { type ContributionMetadata, contributionMetadataSchema } from '@colora/protocol/contribution';
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { SafetensorsError } from '@colora/tensors/safetensors';
import { readSafetensors } from '@colora/tensors/safetensors-stream';

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
    const { header, tensors } = await readSafetensors(one(bytes), { maxBytes: Number.MAX_SAFE_INTEGER });
    const metadata = checkMetadata(header.metadata, settings);
    for (const { name, shape } of header.tensors) checkShape(name, shape, schema);
    let squares = 0;
    let elements = 0;
    for await (const { info, data } of tensors) {
      squares += sumOfSquares(info.name, data);
      elements += data.length;
    }
    const norm = Math.sqrt(squares);
    checkNorm(norm, elements, settings.privacy);
    return { metadata, norm };
  } catch (error) {
    if (error instanceof SafetensorsError) throw new ProblemError('invalid-tensors', error.message);
    throw error;
  }
}

async function* one(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function checkMetadata(metadata: object, settings: TaskSettings): ContributionMetadata {
  const parsed = contributionMetadataSchema.safeParse(metadata);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ProblemError('invalid-tensors', `the file's metadata: ${wrong.join('; ')}`);
  }
  const { kind } = parsed.data;
  if (kind === settings.training.contribution) return parsed.data;
  throw new ProblemError(
    'wrong-tensors',
    `this group takes ${settings.training.contribution} contributions, and this is a ${kind}`,
  );
}

function checkShape(name: string, shape: readonly number[], schema: Schema): void {
  const expected = schema.get(name)?.shape;
  if (expected === undefined) {
    throw new ProblemError('wrong-tensors', `the checkpoint has no tensor ${JSON.stringify(name)}`);
  }
  if (expected.length === shape.length && expected.every((size, axis) => size === shape[axis])) return;
  throw new ProblemError(
    'wrong-tensors',
    `${name} has the shape [${shape.join(', ')}], the checkpoint's has [${expected.join(', ')}]`,
  );
}

function sumOfSquares(name: string, data: Float32Array): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  if (Number.isFinite(sum)) return sum; // squares of float32 cannot overflow a float64 sum
  throw new ProblemError('not-finite', `${name} holds NaN or infinite values`);
}

/**
 * A clipped contribution has at most the norm C. With noise N(0, (zC)^2) on each of d elements, the
 * norm is at most C + zC (sqrt(d) + t) but for a chance of exp(-t^2 / 2): t = 8.
 */
function checkNorm(norm: number, elements: number, privacy: TaskSettings['privacy']): void {
  const { clipNorm, noiseMultiplier = 0 } = privacy;
  if (clipNorm === undefined) return;
  const noise = noiseMultiplier === 0 ? 0 : noiseMultiplier * clipNorm * (Math.sqrt(elements) + 8);
  const limit = (clipNorm + noise) * (1 + 1e-4);
  if (norm <= limit) return;
  throw new ProblemError(
    'norm-exceeded',
    `its L2 norm is above ${limit.toPrecision(4)}: clip to privacy.clipNorm ${clipNorm}`,
  );
}
