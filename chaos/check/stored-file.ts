// A safetensors file read without the house's codec, so that the replay leans on nothing it checks: header,
// metadata and float tensors.

export interface StoredFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, Float64Array | Float32Array>;
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

export function readStoredFile(bytes: Buffer): StoredFile {
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, unknown>;
  const { __metadata__: metadata = {}, ...entries } = header;
  const start = 8 + headerLength;
  const tensors = Object.entries(entries as Record<string, Entry>)
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
  return { metadata: metadata as Record<string, string>, tensors: new Map(tensors) };
}

function decode(dtype: string, data: Buffer): Float32Array {
  if (dtype === 'F32')
    return Float32Array.from({ length: data.length / 4 }, (_, at) => data.readFloatLE(4 * at));
  throw new Error(`the replay does not know the encoding ${dtype}`);
}
