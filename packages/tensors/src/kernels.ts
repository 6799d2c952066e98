// The inner loops over contributions' values, as WebAssembly SIMD: 3 to 6 times as fast as V8's own (bench/kernels.ts).
// Each opened instance has a memory of its own, into which values are copied first: callers lay it out, in bytes. The
// loops themselves are in kernels/kernels.wat. Results depend on the values and their number alone.
import { kernelsBase64 } from './kernels-module.ts';
import { littleEndianMachine } from './tensor-bytes.ts';

export interface Kernels {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** The sum of squares of `count` float32 values in float64; `count` is a multiple of 4. */
  squaresOfFloats(at: number, count: number): number;
  /** The same of int8 blocks of 64 values, each times its float32 scale (wire/int8.ts). */
  squaresOfBlocks(integers: number, scales: number, blocks: number): number;
  /** The float32 values of int8 blocks, rounded once each. */
  decodeBlocks(integers: number, scales: number, blocks: number, out: number): void;
  /** sums (float64) += coefficient * row (float32); `count` is a multiple of 4. */
  addScaled(sums: number, row: number, count: number, coefficient: number): void;
  /** words (int32) += unsigned numbers of so many bits at `packed`, or -= where `flip` is -1 and not 0; `count` is a multiple of 4. */
  addRing16(words: number, packed: number, count: number, flip: 0 | -1): void;
  /** Four bytes behind the last number are read. */
  addRing24(words: number, packed: number, count: number, flip: 0 | -1): void;
  addRing32(words: number, packed: number, count: number, flip: 0 | -1): void;
}

/** What is used of it here: TypeScript has its types among the browsers' alone. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

const pageBytes = 65_536;
let compiled: object | undefined;

interface Growing {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): void };
}

/** Given back: each has its own gigabytes of address space, which the collector would free late. */
const idle: (Kernels & Growing)[] = [];

/**
 * With at least so many bytes of memory, of any content, for its caller alone until it gives them back.
 * Throws on a big-endian machine, whose arrays read that memory the other way round.
 */
export function openKernels(bytes: number): Kernels {
  if (!littleEndianMachine) throw new Error('contributions can only be summed on a little-endian machine');
  const kernels = idle.pop() ?? instantiate();
  const lacking = bytes - kernels.memory.buffer.byteLength;
  if (lacking > 0) kernels.memory.grow(Math.ceil(lacking / pageBytes));
  return kernels;
}

/** They may be given to others from now on. */
export function closeKernels(kernels: Kernels): void {
  idle.push(kernels as Kernels & Growing);
}

function instantiate(): Kernels & Growing {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(kernelsBase64), (letter) => letter.charCodeAt(0)));
  return new WebAssembly.Instance(compiled).exports as Kernels & Growing;
}

/** The next multiple: what lies between must be zeros. */
export function roundUp(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}
