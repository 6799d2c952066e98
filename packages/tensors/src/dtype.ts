// The number formats a safetensors file may name, and the two half formats we turn into float32 and back.
// Not here: which bytes of a file hold which tensor (safetensors.ts).

const bits = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type DType = keyof typeof bits;
/** The formats that decode to float32. */
export type FloatDType = 'F32' | 'F16' | 'BF16';

export const dtypes = Object.keys(bits) as readonly DType[];

export function isDType(name: unknown): name is DType {
  return typeof name === 'string' && Object.hasOwn(bits, name);
}

export function isFloatDType(dtype: DType): dtype is FloatDType {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/** Bytes an element takes; a fraction for the packed formats (F4: 0.5, F6: 0.75). */
export function bytesPerElement(dtype: DType): number {
  return bits[dtype] / 8;
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** Float32 to IEEE 754 binary16, nearest, ties to even; past 65504 (after rounding) it becomes infinity. */
export function toF16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const target = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i += 1) target[i] = halfBits(source[i]!);
  return target;
}

function halfBits(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff); // NaN, made quiet
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 2^16 and above
  if (magnitude >= 0x38800000) {
    // Normal (2^-14 and above): exponent bias from 127 to 15; a carry of the rounding may reach infinity.
    const rebiased = magnitude - 0x38000000;
    return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
  }
  // Subnormal: in the float 0.5 + |x| the last bit is worth 2^-24, so the adder itself rounds to even.
  word[0] = magnitude;
  float[0] = float[0]! + 0.5;
  return sign | (word[0]! - 0x3f000000);
}

let fromBf16Table: Uint16Array | undefined;

/**
 * Bfloat16 to IEEE 754 binary16 where they lie, nearest, ties to even: exact from 2^-14 to 65504. False, and some of them made,
 * where a number is past that; infinities and NaNs stay such.
 */
export function bf16ToF16(halves: Uint16Array): boolean {
  fromBf16Table ??= Uint16Array.from({ length: 0x10000 }, (_, half) => halfBits((half << 16) >>> 0));
  const table = fromBf16Table;
  for (let i = 0; i < halves.length; i += 1) {
    const half = halves[i]!;
    const made = table[half]!;
    if ((made & 0x7fff) === 0x7c00 && (half & 0x7fff) !== 0x7f80) return false;
    halves[i] = made;
  }
  return true;
}

let halfTable: Float32Array | undefined;

/** IEEE 754 binary16 to float32, exactly. */
export function fromF16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  f16Into(halves, values);
  return values;
}

/** The same into memory that is there. Four at a time, as in bf16Into: twice as fast in V8. */
export function f16Into(halves: Uint16Array, values: Float32Array): void {
  halfTable ??= Float32Array.from({ length: 0x10000 }, (_, half) => halfValue(half));
  const table = halfTable;
  const whole = halves.length - (halves.length % 4);
  for (let i = 0; i < whole; i += 4) {
    values[i] = table[halves[i]!]!;
    values[i + 1] = table[halves[i + 1]!]!;
    values[i + 2] = table[halves[i + 2]!]!;
    values[i + 3] = table[halves[i + 3]!]!;
  }
  for (let i = whole; i < halves.length; i += 1) values[i] = table[halves[i]!]!;
}

function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Float32 to bfloat16 (the upper half of a float32), nearest, ties to even. */
export function toBf16(values: Float32Array): Uint16Array {
  const source = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const target = new Uint16Array(source.length);
  for (let i = 0; i < source.length; i += 1) {
    const single = source[i]!;
    const notANumber = (single & 0x7fffffff) > 0x7f800000; // rounding could turn a NaN into infinity: keep it, quiet
    target[i] = notANumber ? (single >>> 16) | 0x40 : (single + 0x7fff + ((single >>> 16) & 1)) >>> 16;
  }
  return target;
}

/** Bfloat16 to float32, exactly. */
export function fromBf16(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  bf16Into(halves, values);
  return values;
}

/** The same into memory that is there. */
export function bf16Into(halves: Uint16Array, values: Float32Array): void {
  const words = floatBits(values);
  const whole = halves.length - (halves.length % 4);
  for (let i = 0; i < whole; i += 4) {
    words[i] = halves[i]! << 16;
    words[i + 1] = halves[i + 1]! << 16;
    words[i + 2] = halves[i + 2]! << 16;
    words[i + 3] = halves[i + 3]! << 16;
  }
  for (let i = whole; i < halves.length; i += 1) words[i] = halves[i]! << 16;
}

/** Float32 values seen as their bits: a bfloat16 is the upper half of a word. */
export function floatBits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** toBf16, but what would become infinite becomes the largest bfloat16 of its sign. */
export function toFiniteBf16(values: Float32Array): Uint16Array {
  const halves = toBf16(values);
  for (let i = 0; i < halves.length; i += 1) {
    if ((halves[i]! & 0x7fff) === 0x7f80) halves[i] = halves[i]! - 1;
  }
  return halves;
}
