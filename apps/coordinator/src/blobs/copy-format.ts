// Postgres's binary COPY format, as far as a table of chunks needs it
// (https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format"). No connection here.
import { byteReader } from '@colora/tensors/safetensors/byte-reader';
import { uninitialised } from '@colora/tensors/safetensors/uninitialised';
import { joined } from '@colora/tensors/tensor-bytes';
import type { Chunk, TakeMemory } from './chunk-storage.ts';

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const head = Buffer.concat([signature, Buffer.alloc(8)]); // flags and the length of a header extension: none
const trailer = Buffer.from([0xff, 0xff]);

/** A row of (text, int4, bytea). */
interface ChunkRow extends Chunk {
  readonly blobId: string;
}

/** Rows as a COPY's input, in memory that `take` gives. */
export function copyInput(rows: readonly ChunkRow[], take: TakeMemory): Uint8Array {
  return joined([head, ...rows.flatMap((row) => [rowHead(row), row.data]), trailer], take);
}

function rowHead({ blobId, index, data }: ChunkRow): Buffer {
  const id = Buffer.from(blobId, 'utf8');
  const row = Buffer.alloc(2 + 4 + id.length + 8 + 4);
  let at = row.writeInt16BE(3, 0);
  at = row.writeInt32BE(id.length, at);
  at += id.copy(row, at);
  at = row.writeInt32BE(4, at);
  at = row.writeInt32BE(index, at);
  row.writeInt32BE(data.length, at);
  return row;
}

/** The one bytea field of each row of a COPY's output, in memory that `take` gives; null for SQL's NULL. */
export async function* copyOutput(
  source: AsyncIterable<Uint8Array>,
  take: TakeMemory = uninitialised,
): AsyncGenerator<Uint8Array<ArrayBuffer> | null> {
  const reader = byteReader(source);
  const read = async (length: number, memory: TakeMemory = uninitialised) => {
    const bytes = memory(length);
    if ((await reader.fill(bytes)) < length) throw new Error('the answer of COPY ended early');
    return bytes;
  };
  const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    await read(head.length);
    for (;;) {
      const fields = view(await read(2)).getInt16(0);
      if (fields === -1) break;
      const length = view(await read(4)).getInt32(0);
      yield length < 0 ? null : await read(length, take);
    }
    await reader.atEnd();
  } finally {
    await reader.close();
  }
}
