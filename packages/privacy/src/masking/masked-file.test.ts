import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskedMetadataSchema, maskedTensor } from '@colora/protocol/contribution';
import { parseHeader, parseHeaderLength } from '@colora/tensors/safetensors/safetensors-header';
import { maskedFile } from './masked-file.ts';

test('a masked contribution is a safetensors file of one tensor, which says which round and roster it is of', () => {
  const metadata = {
    kind: 'delta',
    version: 4,
    round: 5,
    examples: 1,
    attempt: 2,
    roster: 'ab'.repeat(32),
    ring: 24,
  } as const;
  const bytes = maskedFile(metadata, Uint8Array.from([1, 2, 3, 4, 5, 6]));
  const length = parseHeaderLength(bytes, 10_000, bytes.length);
  const header = parseHeader(bytes.subarray(8, 8 + length), bytes.length);
  assert.deepEqual(maskedMetadataSchema.parse(header.metadata), metadata);
  const [tensor] = header.tensors;
  assert.deepEqual([tensor?.name, tensor?.dtype, tensor?.shape], [maskedTensor, 'U8', [6]]);
  assert.deepEqual([...bytes.subarray(tensor!.offset)], [1, 2, 3, 4, 5, 6]);
});
