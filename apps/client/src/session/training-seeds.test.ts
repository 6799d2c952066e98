// Batches, starts and rounding come of a secret that is on the disk before it is used, and of a seed only for who asks for it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { trainingSeeds } from './training-seeds.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'colora-seeds-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const settings = taskSettingsSchema.parse({
  baseModel: { name: 'test', modelType: 'use-lite', fingerprint: 'a'.repeat(64) },
  task: { kind: 'causal-lm' },
});
const seedsIn = (name: string, seed?: number | 'of-group', participant = 'anna') =>
  trainingSeeds(seed, { trainingSecret: join(folder, name) }, { settings }, participant);

test('a workspace draws from 32 random bytes of its own, the same after every start, readable by nobody else', async () => {
  const first = await seedsIn('one');
  const path = join(folder, 'one');
  assert.equal((await readFile(path)).length, 32);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  const again = await seedsIn('one');
  assert.deepEqual([again.learner, again.rounding(3)], [first.learner, first.rounding(3)]);
  const other = await seedsIn('two'); // of the same group and name
  assert.notEqual(other.learner, first.learner);
  assert.match(String(first.learner), /^[0-9a-f]{64}$/);
  const uses = new Set([first.learner, first.rounding(1), first.rounding(2), other.rounding(1)]);
  assert.equal(uses.size, 4);
});

test('a secret that lost bytes is told, not used', async () => {
  await writeFile(join(folder, 'short'), new Uint8Array(31));
  await assert.rejects(seedsIn('short'), { code: 'workspace-damaged', message: /short is damaged/ });
});

test('who gives a seed can run the same again, anywhere, and no secret is made', async () => {
  const own = await seedsIn('none', 7);
  assert.deepEqual([own.learner, own.rounding(1)], [7, 'wire/7/anna/1']);
  const [anna, again, ben] = await Promise.all([
    seedsIn('none', 'of-group'),
    seedsIn('elsewhere', 'of-group'),
    seedsIn('none', 'of-group', 'ben'),
  ]);
  assert.equal(anna.learner, again.learner);
  assert.notEqual(anna.learner, ben.learner);
  await assert.rejects(stat(join(folder, 'none')), { code: 'ENOENT' });
});
