// Where the bytes of blobs lie, chunk by chunk: the one interface of the two ways there and back. What a chunk holds and
// when a blob counts is not known here.
// The members are postgres-chunks.ts (COPY) and pglite-chunks.ts (base64 through Prisma).

export interface Chunk {
  readonly index: number;
  readonly data: Uint8Array;
}

/** Which chunk: of which blob, and its index there. */
export interface ChunkPlace {
  readonly blobId: string;
  readonly index: number;
}

export interface NewBlob {
  readonly sha256: string;
  readonly bytes: number;
}

/** Memory of that length, of any content. */
export type TakeMemory = (length: number) => Uint8Array<ArrayBuffer>;

export interface ChunkStorage {
  /**
   * Adds chunks to a blob, and where it is begun with them its own row before. Nobody sees a blob before a row of another
   * table names it: what is left where this fails is for the cleaner. It may be lost in a crash until a transaction commits
   * synchronously; the commit that names the blob makes all of it durable.
   */
  write(blobId: string, chunks: readonly Chunk[], begin?: NewBlob): Promise<void>;
  /**
   * The chunks at those places, in the order asked for and one at a time; null for one that is not there. Storages that
   * read into memory ask `take` for it, where it is given.
   */
  read(places: readonly ChunkPlace[], take?: TakeMemory): AsyncIterable<Uint8Array | null>;
  close(): Promise<void>;
}
