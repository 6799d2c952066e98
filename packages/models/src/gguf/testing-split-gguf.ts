// Test support: a GGUF file taken apart as llama.cpp's gguf-split does it: all metadata in the first part, the tensors in
// turn over all of them, and `split.no`, `split.count` and `split.tensors.count` in each.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gguf } from '@huggingface/gguf';

const alignment = 32;
const types = { u16: 2, i32: 5 };

/** Writes `<name>-0000i-of-0000n.gguf` into the folder and returns their paths. */
export async function splitGguf(
  source: string,
  folder: string,
  name: string,
  count: number,
): Promise<string[]> {
  const bytes = await readFile(source);
  const { tensorInfos, tensorInfoByteRange, tensorDataOffset } = await gguf(source, { allowLocalFile: true });
  const fields = bytes.subarray(24, tensorInfoByteRange[0]); // after magic, version and two counts
  const fieldCount = Number(bytes.readBigUInt64LE(16));
  const starts = tensorInfos.map(({ offset }) => Number(tensorDataOffset) + Number(offset));
  const ends = starts.map((start) => Math.min(bytes.length, ...starts.filter((other) => other > start)));
  const perPart = Math.ceil(tensorInfos.length / count);
  const paths: string[] = [];
  for (let part = 0; part < count; part += 1) {
    const own = tensorInfos.map((_, i) => i).filter((i) => Math.floor(i / perPart) === part);
    const split = [
      field('split.no', types.u16, part),
      field('split.count', types.u16, count),
      field('split.tensors.count', types.i32, tensorInfos.length),
    ];
    const data: Buffer[] = [];
    let offset = 0;
    const infos = own.map((i) => {
      const { name: tensor, shape, dtype } = tensorInfos[i]!;
      const values = bytes.subarray(starts[i], ends[i]);
      const info = Buffer.concat([
        text(tensor),
        u32(shape.length),
        ...shape.map(u64),
        u32(dtype),
        u64(offset),
      ]);
      data.push(values, padding(values.length));
      offset += values.length + padding(values.length).length;
      return info;
    });
    const isFirst = part === 0;
    const head = Buffer.concat([
      ...[Buffer.from('GGUF'), u32(3), u64(own.length), u64((isFirst ? fieldCount : 0) + split.length)],
      ...[isFirst ? fields : Buffer.alloc(0), ...split, ...infos],
    ]);
    const five = (number: number) => String(number).padStart(5, '0');
    const path = join(folder, `${name}-${five(part + 1)}-of-${five(count)}.gguf`);
    await writeFile(path, Buffer.concat([head, padding(head.length), ...data]));
    paths.push(path);
  }
  return paths;
}

function field(key: string, type: number, value: number): Buffer {
  const bytes = Buffer.alloc(type === types.u16 ? 2 : 4);
  bytes.writeUIntLE(value, 0, bytes.length);
  return Buffer.concat([text(key), u32(type), bytes]);
}

function text(value: string): Buffer {
  return Buffer.concat([u64(value.length), Buffer.from(value)]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function padding(length: number): Buffer {
  return Buffer.alloc((alignment - (length % alignment)) % alignment);
}
