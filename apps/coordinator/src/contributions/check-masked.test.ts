// What of a masked contribution can be told without knowing what is under its mask: form, ring and length, to the last byte.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskedFile } from '@colora/privacy/masking/masked-file';
import { layVector } from '@colora/privacy/rings/masked-vector';
import type { ProblemCode } from '@colora/protocol/problem-table';
import { ProblemError } from '@colora/protocol/problems';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { planPieces } from '@colora/tensors/pieces';
import { encode } from '@colora/tensors/safetensors/safetensors';
import { encodeHeader } from '@colora/tensors/safetensors/safetensors-header';
import { makeSettings, tensors } from '../testing/group.ts';
import { openMasked } from './check-masked.ts';

const shapes = [
  { name: 'a', shape: [3, 30_000] },
  { name: 'b', shape: [7] },
];
const plan = { tensors: shapes, pieces: planPieces(shapes), starts: new Map() };
const settings = taskSettingsSchema.parse(
  makeSettings({ privacy: { minMembers: 3, clipNorm: 1, secureAggregation: { bits: 8 } } }),
);
const members = 40; // 40 x 1023 needs 24 bits
const metadata = { kind: 'delta', version: 3, round: 4, examples: 1 } as const;
const whose = { attempt: 2, roster: 'ab'.repeat(32) };
const length = 3 * layVector(shapes, settings).length;
const bytes = Uint8Array.from({ length }, (_, at) => at % 251);

async function taken(file: Uint8Array, maxBytes = 10 * length): Promise<readonly Uint8Array[]> {
  async function* source() {
    for (let at = 0; at < file.length; at += 1000) yield file.subarray(at, at + 1000);
  }
  const opened = await openMasked(source(), { plan, settings, members }, { maxBytes });
  const chunks: Uint8Array[] = [];
  for await (const { index, data } of opened.chunks()) chunks[index] = Uint8Array.from(data);
  assert.deepEqual([opened.metadata.attempt, opened.metadata.roster], [2, whose.roster]);
  return chunks;
}

const refused = (code: ProblemCode, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof ProblemError, String(error));
  assert.deepEqual([error.code, text.test(error.message)], [code, true], error.message);
  return true;
};

test('it is kept header first, then 65,536 values at a time', async () => {
  const file = maskedFile({ ...metadata, ...whose, ring: 24 }, bytes);
  const chunks = await taken(file);
  assert.deepEqual(
    chunks.slice(1).map((chunk) => chunk.length),
    [3 * 65_536, length - 3 * 65_536],
  );
  assert.deepEqual(Buffer.concat(chunks), Buffer.from(file));
});

test('another ring, another length, more or fewer bytes, other tensors, other words: refused', async () => {
  const file = (changed: object, masked = bytes) =>
    maskedFile({ ...metadata, ...whose, ring: 24, ...changed }, masked);
  await assert.rejects(taken(file({ ring: 32 })), refused('wrong-tensors', /in 24 bits, not in 32/));
  await assert.rejects(taken(file({}, bytes.subarray(3))), refused('wrong-tensors', /masked of \d+ bytes/));
  await assert.rejects(taken(file({ examples: 2 })), refused('wrong-tensors', /says 1 of its examples/));
  await assert.rejects(taken(file({ kind: 'gradient' })), refused('wrong-tensors', /takes delta/));
  await assert.rejects(taken(file({ attempt: 0 })), refused('invalid-tensors', /attempt/));
  await assert.rejects(taken(file({ personalLoss: 1 })), refused('invalid-tensors', /personalLoss/));
  await assert.rejects(taken(file({}).subarray(0, -5)), refused('invalid-tensors', /ends|ended|bytes/));
  await assert.rejects(
    taken(Buffer.concat([file({}), new Uint8Array(1)])),
    refused('invalid-tensors', /goes on/),
  );
  await assert.rejects(taken(file({}), 1000), refused('too-large', /limit/));
  const plain = encode(tensors({ a: [1] }), {
    metadata: { kind: 'delta', version: '3', round: '4', examples: '1' },
  });
  await assert.rejects(taken(plain), refused('invalid-tensors', /masked contribution/));
  const two = encodeHeader(
    [
      { name: 'masked', dtype: 'U8', shape: [length] },
      { name: 'more', dtype: 'U8', shape: [1] },
    ],
    {
      kind: 'delta',
      version: '3',
      round: '4',
      examples: '1',
      attempt: '2',
      roster: whose.roster,
      ring: '24',
    },
  );
  await assert.rejects(
    taken(Buffer.concat([two, bytes, new Uint8Array(1)])),
    refused('wrong-tensors', /one tensor/),
  );
});
