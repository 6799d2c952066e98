// Personal part, optimizer state and mark come back as they were kept; damage is named, not guessed at.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { noOwnRows } from '@colora/training/head-rows/own-rows';
import { asPersonal } from '@colora/training/programs/personal-tensors';
import { clearOutbox, findInOutbox, putOutbox } from './outbox.ts';
import { keepPersonal, readPersonal } from './personal-store.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-store-'));
after(() => rm(folder, { recursive: true }));

const tensor = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
const mark = {
  group: 'reviews',
  groupCreatedAt: '2026-01-01T00:00:00.000Z',
  trained: { round: 3, version: 2, sha256: 'b'.repeat(64) },
  personalised: null,
};

const silent = () => undefined;

test('there and back, names of personal, optimizer, own rows’, applied, standing and sent tensors kept apart', async () => {
  const path = join(folder, 'personal.safetensors');
  assert.equal(await readPersonal(path), null);
  const personal = asPersonal(new Map([['pooler.personal.S', tensor(1, 2)]]));
  const optimizerState = new Map([
    ['pooler.personal.S', tensor(3)],
    ['step', tensor(4)],
  ]);
  const residual = new Map([['pooler.shared.A', tensor(5)]]);
  const sent = { round: 3, sha256: 'b'.repeat(64), tensors: new Map([['pooler.shared.A', tensor(6)]]) };
  const standing = new Map([['pooler.shared.A', tensor(8)]]);
  const account = {
    applied: new Map([['head/good', tensor(7)]]),
    standing,
    open: [sent],
    version: 2,
    lost: null,
  };
  const rows = {
    rows: new Map([['head/good', tensor(9)]]),
    from: new Map([['head/good', tensor(0)]]),
  };
  const state = { personal, optimizerState, residual, rows, account, mark };
  await keepPersonal(path, state);
  assert.deepEqual(await readPersonal(path), state);
});

test('a layout without personal tensors keeps its mark', async () => {
  const path = join(folder, 'empty.safetensors');
  const state = {
    personal: asPersonal(new Map()),
    optimizerState: new Map(),
    residual: new Map(),
    rows: noOwnRows,
    account: null,
    mark,
  };
  await keepPersonal(path, state);
  assert.deepEqual(await readPersonal(path), state);
});

test('a damaged file is named and not overwritten', async () => {
  const path = join(folder, 'damaged.safetensors');
  await keepPersonal(path, {
    personal: asPersonal(new Map([['x', tensor(1)]])),
    optimizerState: new Map(),
    residual: new Map(),
    rows: noOwnRows,
    account: null,
    mark,
  });
  const whole = await readFile(path);
  const nan = Buffer.from([...whole.subarray(0, -4), 0, 0, 0xc0, 0x7f]);
  for (const bytes of [whole.subarray(0, -3), whole.subarray(0, 4), Buffer.from('{}'), nan]) {
    await writeFile(path, bytes);
    await assert.rejects(readPersonal(path), { code: 'workspace-damaged', message: /damaged\.safetensors/ });
  }
});

test('the outbox keeps bytes by their hash, refuses changed ones and is cleared but for one', async () => {
  const outbox = join(folder, 'outbox');
  assert.equal(await findInOutbox(outbox, 'c'.repeat(64), silent), null);
  await clearOutbox(outbox, null);
  const one = await putOutbox(outbox, Buffer.from('one'));
  const two = await putOutbox(outbox, Buffer.from('two'));
  await clearOutbox(outbox, two);
  assert.equal(await findInOutbox(outbox, one, silent), null);
  assert.equal((await findInOutbox(outbox, two, silent))?.bytes, 3);
  await writeFile(join(outbox, `${two}.safetensors`), 'changed');
  assert.equal(await findInOutbox(outbox, two, silent), null);
});
