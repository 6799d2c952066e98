// Whether native libraries lie there whole. Linux ends a process that loads one whose end is missing (SIGBUS), where other
// systems and other faults give an error that can be caught: so it is looked for before. Loading is onnxruntime.ts's.
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

const headerBytes = 64;

const isLibrary = (name: string) => /\.(node|so(\.\d+)*)$/.test(name);

/** The first library of the folder that is cut off; null where none is, or the folder is not there. */
export function cutBinary(folder: string): string | null {
  let names: string[];
  try {
    names = readdirSync(folder).filter(isLibrary);
  } catch {
    return null;
  }
  return names.find((name) => isCut(join(folder, name))) ?? null;
}

/** Of 64-bit ELF files, whose table of sections stands at their end; others are not judged. */
function isCut(path: string): boolean {
  const header = Buffer.alloc(headerBytes);
  const file = openSync(path, 'r');
  try {
    const length = readSync(file, header, 0, headerBytes, 0);
    if (!header.subarray(0, 5).equals(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2]))) return length < headerBytes;
    const sections = Number(header.readBigUInt64LE(0x28));
    const end = sections + header.readUInt16LE(0x3a) * header.readUInt16LE(0x3c);
    return fstatSync(file).size < Math.max(end, headerBytes);
  } finally {
    closeSync(file);
  }
}
