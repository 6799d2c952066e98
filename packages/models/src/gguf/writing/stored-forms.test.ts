import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@colora/tensors/random';
import { GGMLQuantizationType } from '@huggingface/gguf';
import { blockFormat } from '../block-formats/block-formats.ts';
import { storedForms } from './stored-forms.ts';

test('values of Q8_0 come back within half a step of their block, zeros as zeros', () => {
  const random = seededRandom('q8');
  const values = Float32Array.from({ length: 96 }, (_, i) =>
    i < 64 ? random.gaussian() * 3 ** (i >> 5) : 0,
  );
  values[40] = -20; // the largest of the second block
  const bytes = storedForms.Q8_0.encode(values);
  assert.equal(bytes.length, 3 * 34);
  const back = new Float32Array(values.length);
  blockFormat(GGMLQuantizationType.Q8_0)!.dequantise!(bytes, back);
  for (let i = 0; i < values.length; i += 1) {
    const block = values.subarray(32 * (i >> 5), 32 * (i >> 5) + 32);
    const step = Math.max(...block.map(Math.abs)) / 127;
    const error = Math.abs(back[i]! - values[i]!);
    assert.ok(error <= step * 0.57, `${i}: ${error} of a step of ${step}`); // the step itself is rounded to F16
  }
  assert.ok(back.subarray(64).every((value) => value === 0));
});
