import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { epsilonSpent } from '@colora/privacy/accounting/spending';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { assertOwnBudget, ownEpsilon, withRound } from './own-budget.ts';
import { keepSpending, readSpending } from './spending-store.ts';

function groupOf(privacy: TaskSettingsInput['privacy'], rounds: TaskSettingsInput['rounds'] = {}) {
  const baseModel = { name: 'm', modelType: 'bert', fingerprint: 'a'.repeat(64) };
  const task = { kind: 'classification' as const, labels: ['a', 'b'] };
  return { createdAt: 'then', settings: taskSettingsSchema.parse({ baseModel, task, privacy, rounds }) };
}
const budget = { clipNorm: 1, noiseMultiplier: 2, epsilon: 8, delta: 1e-5 };

test('each round that she trains counts, whatever noise it had, and her own limit is held before it', () => {
  const first = withRound(null, groupOf(budget), 0)!;
  const second = withRound(first, groupOf(budget), 1)!;
  const weaker = withRound(second, groupOf({ ...budget, noiseMultiplier: 1 }), 2)!;
  assert.deepEqual(weaker.spent, [
    { noiseMultiplier: 2, rate: 1, rounds: 2 },
    { noiseMultiplier: 1, rate: 1, rounds: 1 },
  ]);
  assert.equal(ownEpsilon(second), epsilonSpent([{ noiseMultiplier: 2, rate: 1, rounds: 2 }], 1e-5));
  assert.doesNotThrow(() => assertOwnBudget('g', second, 3.2));
  assert.throws(
    () => assertOwnBudget('g', second, 3),
    /take your epsilon to 3\.189 .*--max-epsilon allows 3/,
  );
  assert.doesNotThrow(() => assertOwnBudget('g', weaker, undefined));
});

test('a coordinator that was set back, and counts its rounds anew, makes nothing unspent', () => {
  const before = withRound(withRound(null, groupOf(budget), 4), groupOf(budget), 5)!;
  assert.equal(withRound(before, groupOf(budget), 4)!.spent[0]!.rounds, 3);
});

test('where coins decide who is asked, rounds that she was not asked in count too', () => {
  const coins = { sampling: 'poisson' as const, cohort: { fraction: 0.25 }, participants: 100 };
  const group = groupOf({ ...budget, mechanism: 'central' }, coins);
  const first = withRound(null, group, 3)!;
  assert.deepEqual(first.spent, [{ noiseMultiplier: 2, rate: 0.25, rounds: 1 }]);
  assert.deepEqual(withRound(first, group, 10)!.spent, [{ noiseMultiplier: 2, rate: 0.25, rounds: 8 }]);
  // a coordinator that says that it asks seldom, and asks always: against it local noise is
  const said = withRound(null, groupOf({ ...budget, mechanism: 'local' }, coins), 3)!;
  assert.deepEqual(said.spent, [{ noiseMultiplier: 2, rate: 1, rounds: 1 }]);
  assert.equal(withRound(null, groupOf({ clipNorm: 1, noiseMultiplier: 2 }), 0), null, 'nothing is claimed');
});

test('what is kept is read again by this group alone, and damaged it is no fresh start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'colora-spending-'));
  try {
    const path = join(folder, 'spending.json');
    assert.equal(await readSpending(path, 'then'), null);
    const kept = withRound(null, groupOf(budget), 0)!;
    await keepSpending(path, kept);
    assert.deepEqual(await readSpending(path, 'then'), kept);
    assert.equal(await readSpending(path, 'later'), null);
    await writeFile(path, '{"spent":[]}');
    await assert.rejects(readSpending(path, 'then'), /does not say any more what you spent/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
