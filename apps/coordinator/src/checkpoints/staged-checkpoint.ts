// A checkpoint's tensors on their way into the database, piece by piece: the file of float32 values that is the
// checkpoint, and beside it, where the group's downloads are encoded, the file its members get instead. Both are made
// from the same values, so that encoding costs no second reading.
// Not here: the rows that make it count (stored-checkpoint.ts), the optimizer's state.
import type { Piece } from '@colora/tensors/pieces';
import { planPieces } from '@colora/tensors/pieces';
import { encodeHeader, type TensorInfo } from '@colora/tensors/safetensors/safetensors-header';
import { bytesOf, toLittleEndian } from '@colora/tensors/tensor-bytes';
import { checkpointHeader, type DownloadEncoding, encodePiece } from '@colora/tensors/wire/wire-checkpoint';
import type { BlobStore, StoredBlob } from '../blobs/blob-store.ts';
import { type FileStaging, stageFile } from './stored-checkpoint.ts';

export interface CheckpointStaging {
  /** Of the blobs in which it is staged. */
  readonly ids: readonly string[];
  /** First: names and shapes, in the order of their bytes. */
  begin(tensors: readonly Pick<TensorInfo, 'name' | 'shape'>[]): Promise<void>;
  /** Then every piece, in order: the values of its ranges, one after the other. Takes them over. */
  add(index: number, values: Float32Array): Promise<void>;
  finish(): Promise<{ tensors: StoredBlob; download: StoredBlob | null }>;
}

export function stageCheckpoint(
  blobs: Pick<BlobStore, 'stage'>,
  encoding: DownloadEncoding,
): CheckpointStaging {
  const own = stageFile(blobs);
  const download: FileStaging | null = encoding === 'f32' ? null : stageFile(blobs);
  let pieces: readonly Piece[] = [];
  return {
    ids: download === null ? [own.id] : [own.id, download.id],
    async begin(tensors) {
      const plain = tensors.map(({ name, shape }) => ({ name, shape, dtype: 'F32' as const }));
      pieces = planPieces(plain);
      await own.add(0, encodeHeader(plain, {}));
      await download?.add(0, checkpointHeader(encoding, plain));
    },
    async add(index, values) {
      await download?.add(index + 1, encodePiece(encoding, pieces[index]!, values));
      const bytes = bytesOf(values);
      toLittleEndian(bytes, 4);
      await own.add(index + 1, bytes);
    },
    async finish() {
      return { tensors: await own.finish(), download: (await download?.finish()) ?? null };
    },
  };
}
