// How GGUF stores numbers: for each tensor type its block of elements, its bytes, and the float32 values in them.
// The layouts are ggml's (https://github.com/ggml-org/ggml, ggml-common.h); the arithmetic of the quantised ones is
// in dequantise-small-blocks.ts and dequantise-super-blocks.ts. Nothing here knows of files.
import type { FloatDType } from '@colora/tensors/dtype';
import { GGMLQuantizationType } from '@huggingface/gguf';
import {
  dequantiseQ4x0,
  dequantiseQ4x1,
  dequantiseQ5x0,
  dequantiseQ5x1,
  dequantiseQ8x0,
} from './dequantise-small-blocks.ts';
import { dequantiseQ4K, dequantiseQ6K } from './dequantise-super-blocks.ts';

/** Whole blocks of bytes to as many values as they hold. */
type Dequantise = (blocks: Uint8Array, values: Float32Array) => void;

export interface BlockFormat {
  readonly name: string;
  /** Elements of a block; the rows of a tensor are whole blocks. */
  readonly elements: number;
  /** Bytes of a block. */
  readonly bytes: number;
  /**
   * What holds the values without loss: floats stay what they are. The product of a half-precision scale and a
   * quantised integer has more digits than F16 or BF16 keep, so that only F32 gives the quantised model's own values.
   */
  readonly storedAs: FloatDType;
  /** Absent where the bytes are the values. */
  readonly dequantise?: Dequantise;
}

const quantised = (name: string, elements: number, bytes: number, dequantise: Dequantise): BlockFormat => ({
  name,
  elements,
  bytes,
  storedAs: 'F32',
  dequantise,
});

const formats: ReadonlyMap<number, BlockFormat> = new Map([
  [GGMLQuantizationType.F32, { name: 'F32', elements: 1, bytes: 4, storedAs: 'F32' }],
  [GGMLQuantizationType.F16, { name: 'F16', elements: 1, bytes: 2, storedAs: 'F16' }],
  [GGMLQuantizationType.BF16, { name: 'BF16', elements: 1, bytes: 2, storedAs: 'BF16' }],
  [GGMLQuantizationType.Q4_0, quantised('Q4_0', 32, 18, dequantiseQ4x0)],
  [GGMLQuantizationType.Q4_1, quantised('Q4_1', 32, 20, dequantiseQ4x1)],
  [GGMLQuantizationType.Q5_0, quantised('Q5_0', 32, 22, dequantiseQ5x0)],
  [GGMLQuantizationType.Q5_1, quantised('Q5_1', 32, 24, dequantiseQ5x1)],
  [GGMLQuantizationType.Q8_0, quantised('Q8_0', 32, 34, dequantiseQ8x0)],
  [GGMLQuantizationType.Q4_K, quantised('Q4_K', 256, 144, dequantiseQ4K)],
  [GGMLQuantizationType.Q6_K, quantised('Q6_K', 256, 210, dequantiseQ6K)],
]);

/** The format of a tensor type's number in a GGUF file; undefined for those that can't be read. */
export function blockFormat(type: number): BlockFormat | undefined {
  return formats.get(type);
}

export const readableFormats: readonly string[] = [...formats.values()].map(({ name }) => name);

/** A type's name for messages: `IQ2_XS`, or its number where it is not a known one. */
export function formatName(type: number): string {
  return GGMLQuantizationType[type] ?? `type ${type}`;
}
