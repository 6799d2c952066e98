// Values as the bytes of a GGUF tensor, in the forms that are written: F32, F16 and Q8_0. The forms that are read, many
// more, are block-formats/.
import { toF16 } from '@colora/tensors/dtype';
import { bytesOf, toLittleEndian } from '@colora/tensors/tensor-bytes';
import { GGMLQuantizationType } from '@huggingface/gguf';

export type StoredForm = 'F32' | 'F16' | 'Q8_0';

interface Form {
  readonly type: number;
  /** Values of a block; rows are whole blocks. */
  readonly elements: number;
  /** Bytes of a block. */
  readonly bytes: number;
  encode(values: Float32Array): Uint8Array;
}

export const storedForms: Readonly<Record<StoredForm, Form>> = {
  F32: { type: GGMLQuantizationType.F32, elements: 1, bytes: 4, encode: (values) => words(values, 4) },
  F16: { type: GGMLQuantizationType.F16, elements: 1, bytes: 2, encode: (values) => words(toF16(values), 2) },
  Q8_0: { type: GGMLQuantizationType.Q8_0, elements: 32, bytes: 34, encode: encodeQ8 },
};

/** Past it F16 is infinite; a block's scale is its largest value's 127th part, in F16. */
const largestHalf = 65_504;
export const largestValue: Readonly<Record<StoredForm, number>> = {
  F32: Number.MAX_VALUE,
  F16: largestHalf,
  Q8_0: 127 * largestHalf,
};

function words(values: Float32Array | Uint16Array, elementSize: number): Uint8Array {
  const bytes = new Uint8Array(bytesOf(values));
  toLittleEndian(bytes, elementSize);
  return bytes;
}

/** Blocks of d, the 127th part of the largest magnitude, in F16, and 32 signed bytes round(x / d), as ggml makes them. */
function encodeQ8(values: Float32Array): Uint8Array {
  const { elements, bytes: size } = storedForms.Q8_0;
  const blocks = values.length / elements;
  const scales = new Float32Array(blocks);
  const target = new Uint8Array(blocks * size);
  const signed = new Int8Array(target.buffer);
  for (let block = 0, from = 0, at = 0; block < blocks; block += 1, from += elements, at += size) {
    let largest = 0;
    for (let i = 0; i < elements; i += 1) largest = Math.max(largest, Math.abs(values[from + i]!));
    scales[block] = largest / 127;
    const inverse = largest === 0 ? 0 : 127 / largest;
    for (let i = 0; i < elements; i += 1) {
      const scaled = values[from + i]! * inverse;
      signed[at + 2 + i] = Math.sign(scaled) * Math.round(Math.abs(scaled)); // halves away from zero
    }
  }
  for (const [block, half] of toF16(scales).entries()) {
    target[block * size] = half & 0xff;
    target[block * size + 1] = half >>> 8;
  }
  return target;
}
