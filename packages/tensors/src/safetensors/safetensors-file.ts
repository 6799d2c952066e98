// A safetensors file opened for single tensors: the header is read at once, values only when asked for.
// Not here: whole files in memory (safetensors.ts), network bodies (safetensors-stream.ts).
import { type FileHandle, open } from 'node:fs/promises';
import type { Tensor } from '../tensor.ts';
import { floatsInPlace } from '../tensor-bytes.ts';
import { assertDecodable } from './safetensors.ts';
import { SafetensorsError } from './safetensors-error.ts';
import {
  headerLimit,
  lengthBytes,
  parseHeader,
  parseHeaderLength,
  type SafetensorsHeader,
} from './safetensors-header.ts';

export interface SafetensorsFile {
  readonly header: SafetensorsHeader;
  /**
   * One tensor as float32, or so many of its rows, which must be there. Throws SafetensorsError on an unknown name or a dtype other
   * than F32, F16, BF16.
   */
  read(name: string, rows?: { readonly from: number; readonly count: number }): Promise<Tensor>;
  /** The tensor's bytes as they lie in the file, whatever their dtype. */
  readBytes(name: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens `path` and checks its header against the file's length. The caller closes it.
 * Throws the file system's error, or SafetensorsError with the path in its message.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  const file = await open(path, 'r');
  try {
    const header = await readHeader(file);
    return openedFile(path, file, header);
  } catch (error) {
    await file.close();
    throw inFile(path, error);
  }
}

/** The header alone, of a file that is not left open. Throws as openSafetensors does. */
export async function readSafetensorsHeader(path: string): Promise<SafetensorsHeader> {
  const { header, close } = await openSafetensors(path);
  await close();
  return header;
}

function openedFile(path: string, file: FileHandle, header: SafetensorsHeader): SafetensorsFile {
  const infos = new Map(header.tensors.map((info) => [info.name, info]));
  const find = (name: string) => {
    const info = infos.get(name);
    if (info === undefined) throw new SafetensorsError('unknown-tensor', `${path} holds no tensor ${name}`);
    return info;
  };
  const read: SafetensorsFile['read'] = async (name, rows) => {
    const info = find(name);
    try {
      assertDecodable(info); // before anything is read
      const [height = 1, ...others] = info.shape;
      const { from, count } = rows ?? { from: 0, count: height };
      const row = height === 0 ? 0 : info.length / height;
      const bytes = await readFully(file, info.offset + from * row, count * row);
      const shape = rows === undefined ? info.shape : [count, ...others];
      return { shape, data: floatsInPlace(info.dtype, bytes) };
    } catch (error) {
      throw inFile(path, error);
    }
  };
  const readBytes = async (name: string) => {
    const { offset, length } = find(name);
    try {
      return await readFully(file, offset, length);
    } catch (error) {
      throw inFile(path, error);
    }
  };
  return { header, read, readBytes, close: () => file.close() };
}

async function readHeader(file: FileHandle): Promise<SafetensorsHeader> {
  const { size } = await file.stat();
  if (size < lengthBytes) {
    throw new SafetensorsError('truncated', `only ${size} bytes, too few for a safetensors file`);
  }
  const headerLength = parseHeaderLength(await readFully(file, 0, lengthBytes), headerLimit, size);
  return parseHeader(await readFully(file, lengthBytes, headerLength), size);
}

const readLimit = 2 ** 30; // one read call takes less than 2^31 bytes

async function readFully(file: FileHandle, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const wanted = Math.min(length - filled, readLimit);
    const { bytesRead } = await file.read(bytes, filled, wanted, offset + filled);
    if (bytesRead === 0) throw new SafetensorsError('truncated', 'the file became shorter while it was read');
    filled += bytesRead;
  }
  return bytes;
}

function inFile(path: string, error: unknown): unknown {
  if (!(error instanceof SafetensorsError)) return error;
  return new SafetensorsError(error.code, `${path}: ${error.message}`, { cause: error });
}
