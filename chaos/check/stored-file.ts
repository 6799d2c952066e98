// A safetensors file of floats read without the house's codec, so that the replay leans on little of what it checks.
// Packed encodings (int8, top-k) are decoded by the tensors package.
import { decodeContribution, type WireSchema } from '@colora/tensors/wire/wire-file';

export interface StoredFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

interface Entry {
  readonly dtype: string;
  readonly data_offsets: readonly [number, number];
}

/** `schema`: names and shapes of the checkpoint, for contributions, which may be packed. Throws on other dtypes. */
export function readStoredFile(bytes: Buffer, schema?: WireSchema): StoredFile {
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, unknown>;
  const metadata = (header.__metadata__ ?? {}) as Record<string, string>;
  delete header.__metadata__;
  if (metadata.encoding !== undefined && schema !== undefined) {
    const { tensors } = decodeContribution(bytes, schema);
    return { metadata, tensors: new Map([...tensors].map(([name, { data }]) => [name, data])) };
  }
  const start = 8 + headerLength;
  const tensors = Object.entries(header as Record<string, Entry>)
    .sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0])
    .map(
      ([
        name,
        {
          dtype,
          data_offsets: [from, to],
        },
      ]) => {
        return [name, decode(dtype, bytes.subarray(start + from, start + to))] as const;
      },
    );
  return { metadata, tensors: new Map(tensors) };
}

function decode(dtype: string, data: Buffer): Float32Array {
  if (dtype === 'F32')
    return Float32Array.from({ length: data.length / 4 }, (_, at) => data.readFloatLE(4 * at));
  throw new Error(`the replay does not know the encoding ${dtype}`);
}
