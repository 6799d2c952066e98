// A GGUF file opened: its metadata, where each tensor's bytes lie and in which format. Checked against the file's
// length, so that a download cut short is said before anything is converted. Not here: what the metadata mean.
import { type FileHandle, open } from 'node:fs/promises';
import { elementCount } from '@colora/tensors/tensor';
import { gguf } from '@huggingface/gguf';
import { ModelError } from '../model-error.ts';
import { type BlockFormat, blockFormat, formatName, readableFormats } from './block-formats/block-formats.ts';

export interface GgufTensor {
  readonly name: string;
  /** As everywhere in this house: the last axis varies fastest. */
  readonly shape: readonly number[];
  readonly format: BlockFormat;
  /** First byte in the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

export interface GgufFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** The tensor's bytes as they are stored. */
  read(tensor: GgufTensor): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/**
 * Opens a single-file GGUF model; the caller closes it.
 * Throws ModelError: `missing-file`, `bad-gguf` (no GGUF, or cut off), `unsupported-gguf` naming tensor and type.
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const file = await openToRead(path);
  try {
    const { size } = await file.stat();
    const header = await readHeader(path, size);
    const tensors = new Map(
      header.tensorInfos.map((info) => [info.name, placed(path, info, Number(header.tensorDataOffset))]),
    );
    for (const tensor of tensors.values()) assertWithin(path, tensor, size);
    return {
      path,
      metadata: { ...header.metadata },
      tensors,
      read: ({ offset, length }) => readFully(file, path, offset, length),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ModelError('missing-file', `${path} cannot be read (${code})`, { cause });
  }
}

type Header = Awaited<ReturnType<typeof gguf>>;

async function readHeader(path: string, size: number): Promise<Header> {
  let header: Header;
  try {
    header = await gguf(path, { allowLocalFile: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError('bad-gguf', `${path} has no readable GGUF header (${reason}): is it whole?`, {
      cause,
    });
  }
  // The reader takes what lies past the end of the file for zeros.
  if (header.tensorInfoByteRange[1] > size) throw cutOff(path, size, header.tensorInfoByteRange[1]);
  if (!header.littleEndian) {
    throw new ModelError(
      'unsupported-gguf',
      `${path} is a big-endian GGUF; only little-endian ones are read`,
    );
  }
  return header;
}

function placed(path: string, info: Header['tensorInfos'][number], dataStart: number): GgufTensor {
  const { name, dtype: type } = info;
  const format = blockFormat(type);
  if (format === undefined) {
    throw new ModelError(
      'unsupported-gguf',
      `${path}: tensor ${name} is quantised as ${formatName(type)}, which is not supported; ` +
        `supported are ${readableFormats.join(', ')}`,
    );
  }
  const shape = info.shape.map(Number).reverse(); // GGUF lists the axis that varies fastest first
  const row = shape.at(-1) ?? 1;
  if (row % format.elements !== 0) {
    const message = `tensor ${name} has rows of ${row}, which are no whole ${format.name} blocks of ${format.elements}`;
    throw new ModelError('bad-gguf', `${path}: ${message}`);
  }
  const length = (elementCount(shape) / format.elements) * format.bytes;
  return { name, shape, format, offset: dataStart + Number(info.offset), length };
}

function assertWithin(path: string, tensor: GgufTensor, size: number): void {
  if (tensor.offset + tensor.length > size) {
    throw cutOff(path, size, tensor.offset + tensor.length, ` (where tensor ${tensor.name} ends)`);
  }
}

function cutOff(path: string, size: number, needed: number, where = ''): ModelError {
  const message = `${path} is cut off: it has ${size} bytes and goes on to ${needed}${where}; download it again`;
  return new ModelError('bad-gguf', message);
}

async function readFully(file: FileHandle, path: string, offset: number, length: number) {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const wanted = Math.min(length - filled, 2 ** 30); // one read call takes less than 2^31 bytes
    const { bytesRead } = await file.read(bytes, filled, wanted, offset + filled);
    if (bytesRead === 0) throw cutOff(path, offset + filled, offset + length);
    filled += bytesRead;
  }
  return bytes;
}
