// Whether a masked contribution may enter a round, told while its bytes flow: format, metadata, ring and length. Any bytes may be
// under a mask: what they stand for is seen of no one, and of their sum when the round closes (rounds/closing/unmask-sum.ts).
import { layVector } from '@colora/privacy/rings/masked-vector';
import {
  type ContributionMetadata,
  type MaskedMetadata,
  maskedMetadataSchema,
  maskedTensor,
} from '@colora/protocol/contribution';
import { ringHolding, ringLoadOf } from '@colora/protocol/masking/masking-ring';
import { ProblemError } from '@colora/protocol/problems';
import type { TaskSettings } from '@colora/protocol/task-settings';
import { pieceElements } from '@colora/tensors/pieces';
import { byteReader } from '@colora/tensors/safetensors/byte-reader';
import { SafetensorsError } from '@colora/tensors/safetensors/safetensors-error';
import { take, takeHeader } from '@colora/tensors/safetensors/safetensors-stream';
import type { openWireStream } from '@colora/tensors/wire/wire-stream';
import type { Chunk } from '../blobs/chunk-storage.ts';
import type { CheckpointPlan } from '../checkpoints/checkpoint-plan.ts';
import { explain, type OpenedContribution } from './check-contribution.ts';

interface Expected {
  readonly plan: CheckpointPlan;
  readonly settings: TaskSettings;
  /** In the roster. */
  readonly members: number;
}

/**
 * Its chunks are 0, length and header, and 1 + j, the bytes of values 65,536 j to 65,536 (j + 1). Throws ProblemError naming the first
 * thing that is wrong, here and out of `chunks`.
 */
export async function openMasked(
  source: AsyncIterable<Uint8Array>,
  { plan, settings, members }: Expected,
  { allocate, ...limits }: Parameters<typeof openWireStream>[1],
): Promise<OpenedContribution> {
  const reader = byteReader(source);
  try {
    const { header, bytes } = await takeHeader(reader, limits);
    const metadata = checkMetadata(header.metadata, settings);
    const ring = ringHolding(ringLoadOf(settings, members));
    if (ring === null || metadata.ring !== ring)
      throw new ProblemError(
        'wrong-tensors',
        `of ${members} members this group sums up in ${ring} bits, not in ${metadata.ring}`,
      );
    const length = layVector(plan.tensors, settings).length * (ring / 8);
    const [tensor] = header.tensors;
    if (
      header.tensors.length !== 1 ||
      tensor?.name !== maskedTensor ||
      tensor.dtype !== 'U8' ||
      tensor.length !== length
    )
      throw new ProblemError(
        'wrong-tensors',
        `it holds one tensor, ${maskedTensor} of ${length} bytes (U8), and nothing else`,
      );
    return {
      metadata,
      bytes: header.totalLength,
      norm: () => 0, // nobody knows it
      close: reader.close,
      async *chunks(): AsyncGenerator<Chunk> {
        try {
          yield { index: 0, data: bytes };
          const most = pieceElements * (ring / 8);
          for (let at = 0, index = 1; at < length; at += most, index += 1)
            yield { index, data: await take(reader, Math.min(most, length - at), maskedTensor, allocate) };
          if (!(await reader.atEnd()))
            throw new SafetensorsError(
              'trailing-bytes',
              `the stream goes on after its ${header.totalLength} bytes`,
            );
        } catch (error) {
          explain(error);
        } finally {
          await reader.close();
        }
      },
    };
  } catch (error) {
    await reader.close();
    return explain(error);
  }
}

function checkMetadata(
  metadata: Readonly<Record<string, string>>,
  { training }: TaskSettings,
): MaskedMetadata & ContributionMetadata {
  const parsed = maskedMetadataSchema.strict().safeParse(metadata);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new ProblemError('invalid-tensors', `the metadata of a masked contribution: ${wrong.join('; ')}`);
  }
  const { kind, examples } = parsed.data;
  if (examples !== 1)
    throw new ProblemError(
      'wrong-tensors',
      'a masked contribution says 1 of its examples: its weight is under the mask',
    );
  if (kind === training.contribution) return parsed.data;
  throw new ProblemError(
    'wrong-tensors',
    `this group takes ${training.contribution} contributions, and this is a ${kind}`,
  );
}
