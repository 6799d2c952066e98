// The bound on a round's norms: nothing honest meets it, one liar can't move it, and a majority of liars moves it no further
// than its ceiling, however slowly they go about it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { medianRounds, roundNormLimit, usualNorm } from './norm-limit.ts';

const settingsOf = (training: object = {}) =>
  taskSettingsSchema.parse({
    baseModel: { name: 'test', modelType: 'use-lite', fingerprint: 'a'.repeat(64) },
    task: { kind: 'classification', labels: ['bad', 'good'] },
    training,
  });

test('what is usual follows steps, rates and size, and never falls below what was measured', () => {
  const small = usualNorm(settingsOf(), 100);
  assert.equal(small, 10);
  const large = (training: object) => usualNorm(settingsOf(training), 1e8);
  assert.ok(large({ sharedSteps: 100 }) > 5 * large({ sharedSteps: 10 }));
  assert.ok(large({ sharedRate: 1 }) > 100 * large({}));
  assert.ok(large({ phases: 'joint' }) > large({ phases: 'apart' }), 'joint steps move the shared part too');
  assert.equal(large({ contribution: 'gradient', phases: 'apart' }), small);
  assert.equal(large({ optimizer: 'sgd' }), small);
});

/** The limits of rounds in which `honest` send 1 and `liars` as much as is taken, or `growth` times more a round. */
function limitsWith({
  honest,
  liars,
  growth = Infinity,
}: {
  honest: number;
  liars: number;
  growth?: number;
}) {
  const norms: number[][] = [];
  const limits: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    const all = norms
      .slice(-medianRounds)
      .flat()
      .sort((a, b) => a - b);
    const median = all.length === 0 ? null : all[Math.ceil(all.length / 2) - 1]!; // percentile_disc
    const limit = roundNormLimit(10, 10, median);
    limits.push(limit);
    const lie = Math.min(limit, growth === Infinity ? limit : growth ** round);
    norms.push([...Array<number>(honest).fill(1), ...Array<number>(liars).fill(lie)]);
  }
  return limits;
}

test('the first round takes the factor times what is usual; later ones the factor times the median, and what is usual', () => {
  assert.equal(roundNormLimit(10, 10, null), 100);
  assert.equal(roundNormLimit(10, 10, 3), 30);
  assert.equal(roundNormLimit(10, 10, 0), 10, 'all sent nothing: a newcomer is heard all the same');
  assert.equal(roundNormLimit(10, 10, 0.2), 10);
});

test('one liar of two or three, at once or by growing twofold a round, gets no more than what is usual', () => {
  for (const honest of [1, 2])
    for (const growth of [Infinity, 2])
      assert.deepEqual(new Set(limitsWith({ honest, liars: 1, growth }).slice(1)), new Set([10]));
});

test('two liars of three raise it, and no further than where it began', () => {
  for (const growth of [Infinity, 2]) {
    const limits = limitsWith({ honest: 1, liars: 2, growth });
    assert.equal(Math.max(...limits), 100);
    assert.equal(limits.at(-1), 100);
  }
});
