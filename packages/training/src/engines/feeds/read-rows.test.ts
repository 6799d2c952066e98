import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ChosenRows } from '@colora/tfjs-onnx/passes/chosen-rows';
import { createHeldFiles } from './held-files.ts';
import { openRows } from './read-rows.ts';

const file = 'weights.bin';
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-rows-'));
  // 1, 2, ... 6 as bfloat16 behind two bytes of something else
  const halves = Uint16Array.from([0xffff, 0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0, 0x40c0]);
  await writeFile(join(folder, file), new Uint8Array(halves.buffer));
});
after(() => rm(folder, { recursive: true, force: true }));

const tensor = { name: 'w', shape: [3, 2], dtype: 'BF16', file, offset: 2, length: 12 } as const;
const chosen: ChosenRows[] = [{ name: 'w[ids]', tensor, places: 'ids' }];

function readRows(rows: readonly ChosenRows[], ...places: number[]): Float32Array {
  const reader = openRows(rows, folder, createHeldFiles());
  try {
    return reader.read({ ids: Int32Array.from(places) })['w[ids]']!;
  } finally {
    reader.close();
  }
}

test('rows come in the order of their places, as often as they are named', () => {
  assert.deepEqual(readRows(chosen, 2, 0, 2), Float32Array.of(5, 6, 1, 2, 5, 6));
});

test('a row that is not there is named, and one behind the end of the file', async () => {
  for (const place of [-1, 3]) {
    const read = () => readRows(chosen, 0, place);
    assert.throws(read, { name: 'TrainingError', message: `the weight w has no row ${place}` });
  }
  const longer: ChosenRows[] = [{ ...chosen[0]!, tensor: { ...tensor, shape: [4, 2], length: 16 } }];
  assert.throws(() => readRows(longer, 3), /has no row 3/);
});
