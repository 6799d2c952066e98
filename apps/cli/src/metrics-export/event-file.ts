// TensorBoard's event files: records of Event messages with one scalar each. The record is TFRecord's (length, masked CRC-32C of it,
// bytes, masked CRC-32C of them: tensorflow/core/lib/io/record_writer.h, hash/crc32c.h); the messages are
// tensorboard/compat/proto/event.proto and summary.proto, of which these few fields are written by hand and read back:
// Event {1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary}, Summary {1: repeated Value},
// Value {1: string tag, 2: float simple_value}. Files and folders are tensorboard-tracker.ts's.

export interface ScalarEvent {
  readonly tag: string;
  /** 0 to 2^53 - 1. */
  readonly step: number;
  /** Kept as a float32. */
  readonly value: number;
  /** In seconds since 1970. */
  readonly wallTime: number;
}

/** What a file begins with. */
export function fileVersionRecord(wallTime: number): Uint8Array {
  return record(Buffer.concat([double(1, wallTime), text(3, 'brain.Event:2')]));
}

export function scalarRecord({ tag, step, value, wallTime }: ScalarEvent): Uint8Array {
  const scalar = Buffer.concat([text(1, tag), float(2, value)]);
  return record(Buffer.concat([double(1, wallTime), number(2, step), bytes(5, bytes(1, scalar))]));
}

/** The scalars of a file, up to where it breaks off or was damaged. */
export function* readScalars(file: Uint8Array): Generator<Pick<ScalarEvent, 'tag' | 'step'>> {
  const data = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at + 16 <= data.length; ) {
    const length = Number(data.readBigUInt64LE(at));
    const end = at + 12 + length;
    if (end + 4 > data.length) return;
    const message = data.subarray(at + 12, end);
    if (data.readUInt32LE(at + 8) !== maskedCrc(data.subarray(at, at + 8))) return;
    if (data.readUInt32LE(end) !== maskedCrc(message)) return;
    const { step = 0, summary } = eventFields(message);
    if (summary !== undefined) yield { tag: tagOf(summary), step };
    at = end + 4;
  }
}

function record(message: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(message.length));
  return Buffer.concat([length, uint32(maskedCrc(length)), message, uint32(maskedCrc(message))]);
}

function uint32(value: number): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeUInt32LE(value);
  return encoded;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** CRC-32C (Castagnoli; RFC 3720, B.4). */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = crcTable[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

// Protocol buffers: a field is its number and kind (0 varint, 1 eight bytes, 2 with its length, 5 four bytes), then its value.

function varint(value: number): Buffer {
  const encoded: number[] = [];
  let rest = BigInt(value);
  for (; rest > 0x7fn; rest >>= 7n) encoded.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...encoded, Number(rest)]);
}

const number = (field: number, value: number) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field: number, value: Uint8Array) =>
  Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
const text = (field: number, value: string) => bytes(field, Buffer.from(value, 'utf8'));

function double(field: number, value: number): Buffer {
  const encoded = Buffer.alloc(8);
  encoded.writeDoubleLE(value);
  return Buffer.concat([varint((field << 3) | 1), encoded]);
}

function float(field: number, value: number): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), encoded]);
}

/** Of messages that are written above. */
function eventFields(message: Buffer): { step?: number; summary?: Buffer } {
  const found: { step?: number; summary?: Buffer } = {};
  for (const [field, value] of fieldsOf(message)) {
    if (field === 2 && typeof value === 'number') found.step = value;
    if (field === 5 && typeof value !== 'number') found.summary = value;
  }
  return found;
}

function tagOf(summary: Buffer): string {
  for (const [, value] of fieldsOf(summary)) {
    if (typeof value === 'number') continue;
    for (const [field, tag] of fieldsOf(value))
      if (field === 1 && typeof tag !== 'number') return tag.toString('utf8');
  }
  return '';
}

function* fieldsOf(message: Buffer): Generator<[field: number, value: number | Buffer]> {
  let at = 0;
  const readVarint = () => {
    let value = 0n;
    for (let shift = 0n; at < message.length; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return Number(value);
  };
  while (at < message.length) {
    const key = readVarint();
    const kind = key & 7;
    if (kind === 0) yield [key >>> 3, readVarint()];
    else {
      const length = kind === 1 ? 8 : kind === 5 ? 4 : readVarint();
      yield [key >>> 3, message.subarray(at, at + length)];
      at += length;
    }
  }
}
