// Which bytes onnxruntime multiplies exactly on this machine. It multiplies unsigned activations with the weights' bytes,
// two products at a time; x64 without VNNI adds those of signed bytes in 16 bits, where large ones are cut off (seen: 9
// points of accuracy lost). Unsigned bytes with a zero point take another path there, exact and a tenth slower.
import { readFileSync } from 'node:fs';

/** unsigned: 128 is zero. */
export type ByteForm = 'signed' | 'unsigned';

/** `processor`: the text of Linux's /proc/cpuinfo; null where there is none, and unsigned bytes are right in any case. */
export function byteForm(arch: string = process.arch, processor: string | null = readProcessor()): ByteForm {
  if (arch !== 'x64') return 'signed';
  return hasVnni(processor) ? 'signed' : 'unsigned';
}

/** Whether it multiplies bytes exactly and several times as fast as floats: x64's instructions, as Linux tells of them. */
export function hasVnni(processor: string | null): boolean {
  return processor !== null && /\b(avx512_vnni|avx_vnni)\b/.test(processor);
}

/** What Linux tells of the processor; null elsewhere. */
export function readProcessor(): string | null {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return null;
  }
}

/** Signed bytes as unsigned ones, in place. */
export function toUnsigned(data: Int8Array): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i]! ^= 0x80;
  return bytes;
}
