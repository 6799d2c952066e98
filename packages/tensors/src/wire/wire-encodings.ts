// The encodings by name. Not here: what an encoding is (wire-encoding.ts), which ranges a file holds (wire-plan.ts).
import type { FloatDType } from '../dtype.ts';
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

/** Encodings that a safetensors dtype cannot tell, by name. */
export const packedEncodings: ReadonlyMap<string, WireEncoding> = new Map(
  Object.values(wireEncodings)
    .filter(({ dtype }) => dtype === 'U8')
    .map((encoding) => [encoding.name, encoding]),
);

/** The encoding that a plain safetensors dtype is. */
export const encodingOfDType: Readonly<Record<FloatDType, WireEncoding>> = {
  F32: f32Encoding,
  F16: f16Encoding,
  BF16: bf16Encoding,
};
