// Metadata of a GGUF file as bytes: keys, types and values (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md,
// version 3, little-endian). Which keys there are is the business of who writes them.

type Scalar =
  | readonly ['u32' | 'f32', number]
  | readonly ['bool', boolean]
  | readonly ['text', string]
  | readonly ['texts', readonly string[]]
  | readonly ['i32s' | 'f32s', ArrayLike<number>];

/** Each value with its type, by key, in the order in which they are written. */
export type GgufFields = Readonly<Record<string, Scalar>>;

const typeNumbers = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, array: 9 } as const;

export function encodeFields(fields: GgufFields): Buffer {
  return Buffer.concat(
    Object.entries(fields).flatMap(([key, field]) => [encodeText(key), encodeField(field)]),
  );
}

function encodeField(field: Scalar): Buffer {
  switch (field[0]) {
    case 'texts':
      return arrayOf('text', field[1].length, Buffer.concat(field[1].map(encodeText)));
    case 'i32s':
      return arrayOf('i32', field[1].length, words(field[1], 'writeInt32LE'));
    case 'f32s':
      return arrayOf('f32', field[1].length, words(field[1], 'writeFloatLE'));
    case 'u32':
      return Buffer.concat([encodeU32(typeNumbers.u32), encodeU32(field[1])]);
    case 'f32':
      return Buffer.concat([encodeU32(typeNumbers.f32), words([field[1]], 'writeFloatLE')]);
    case 'bool':
      return Buffer.concat([encodeU32(typeNumbers.bool), Buffer.of(field[1] ? 1 : 0)]);
    case 'text':
      return Buffer.concat([encodeU32(typeNumbers.text), encodeText(field[1])]);
  }
}

function arrayOf(type: 'text' | 'i32' | 'f32', length: number, values: Buffer): Buffer {
  return Buffer.concat([
    encodeU32(typeNumbers.array),
    encodeU32(typeNumbers[type]),
    encodeU64(length),
    values,
  ]);
}

function words(values: ArrayLike<number>, write: 'writeInt32LE' | 'writeFloatLE'): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (let i = 0; i < values.length; i += 1) bytes[write](values[i]!, 4 * i);
  return bytes;
}

/** Its length in bytes of UTF-8, and they. */
export function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([encodeU64(bytes.length), bytes]);
}

export function encodeU32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function encodeU64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
