// The encodings by name. Not here: what an encoding is (wire-encoding.ts), which ranges a file holds (wire-plan.ts).
import type { DType, FloatDType } from '../dtype.ts';
import { bf16Encoding } from './bf16.ts';
import { f16Encoding } from './f16.ts';
import { f32Encoding } from './f32.ts';
import { int8Encoding } from './int8.ts';
import { topKEncoding } from './top-k.ts';
import type { WireEncoding, WireEncodingName } from './wire-encoding.ts';

export const wireEncodings: Readonly<Record<WireEncodingName, WireEncoding>> = {
  f32: f32Encoding,
  f16: f16Encoding,
  bf16: bf16Encoding,
  int8: int8Encoding,
  'top-k': topKEncoding,
};

/** Encodings that a safetensors dtype cannot tell: their tensors are U8, and the file's metadata names them. */
export function isPackedEncoding(name: unknown): name is 'int8' | 'top-k' {
  return name === 'int8' || name === 'top-k';
}

/** The dtype of an encoding's tensors in a file; U8 where the file's metadata has to name the encoding. */
export const wireDTypes = {
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
  int8: 'U8',
  'top-k': 'U8',
} as const satisfies Record<WireEncodingName, DType>;

/** The encoding that a plain safetensors dtype is. */
export function encodingOfDType(dtype: FloatDType): WireEncoding {
  return wireEncodings[dtype === 'F32' ? 'f32' : dtype === 'F16' ? 'f16' : 'bf16'];
}
