// A GGUF file opened: its metadata, where each tensor's bytes lie and in which format. Checked against the file's
// length, so that a download cut short is said before anything is converted. Not here: what the metadata mean.
import { type FileHandle, open } from 'node:fs/promises';
import { lfsPointerWords } from '@colora/protocol/failures/lfs-pointer';
import { elementCount } from '@colora/tensors/tensor';
import { gguf } from '@huggingface/gguf';
import { ModelError } from '../model-error.ts';
import { isPointer } from '../weights/lfs-pointers.ts';
import { type BlockFormat, blockFormat, formatName, readableFormats } from './block-formats/block-formats.ts';
import { type GgufMetadata, readNumber } from './gguf-metadata.ts';
import { assertPart, ggufParts } from './gguf-parts.ts';

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
  readonly metadata: GgufMetadata;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** The tensor's bytes as they are stored. */
  read(tensor: GgufTensor): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/**
 * Opens a GGUF model, with all of its parts where it is split; the caller closes it. Metadata are the first part's.
 * Throws ModelError: `missing-file`, `bad-gguf` (no GGUF, or cut off), `unsupported-gguf` naming tensor and type.
 */
export async function openGguf(path: string): Promise<GgufFile> {
  const paths = await ggufParts(path);
  const parts: Part[] = [];
  const close = async () => {
    for (const part of parts) await part.file.close();
  };
  try {
    for (const [i, partPath] of paths.entries()) {
      const part = await openPart(partPath);
      parts.push(part);
      const told = {
        part: readNumber(part.metadata, 'split.no'),
        count: readNumber(part.metadata, 'split.count'),
      };
      assertPart(partPath, { part: i + 1, count: paths.length }, told);
    }
    const [first] = parts as [Part];
    return { path, metadata: first.metadata, ...joined(parts), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Part {
  readonly path: string;
  readonly file: FileHandle;
  readonly metadata: GgufMetadata;
  readonly tensors: readonly GgufTensor[];
}

async function openPart(path: string): Promise<Part> {
  const file = await openToRead(path);
  try {
    const { size } = await file.stat();
    const header = await readHeader(path, size);
    const tensors = header.tensorInfos.map((info) => placed(path, info, Number(header.tensorDataOffset)));
    for (const tensor of tensors) assertWithin(path, tensor, size);
    return { path, file, metadata: { ...header.metadata }, tensors };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function joined(parts: readonly Part[]): Pick<GgufFile, 'tensors' | 'read'> {
  const owners = new Map(parts.flatMap((part) => part.tensors.map((tensor) => [tensor, part] as const)));
  return {
    tensors: new Map([...owners.keys()].map((tensor) => [tensor.name, tensor])),
    read: (tensor) => {
      const { file, path } = owners.get(tensor)!;
      return readFully(file, path, tensor.offset, tensor.length);
    },
  };
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
    if (await isPointer(path)) throw new ModelError('missing-file', `${path} ${lfsPointerWords}`, { cause });
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
