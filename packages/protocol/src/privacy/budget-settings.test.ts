import assert from 'node:assert/strict';
import test from 'node:test';
import { contributionNormLimit } from '../contribution.ts';
import {
  minMembersOf,
  settledSettings,
  type TaskSettingsInput,
  taskSettingsSchema,
} from '../task-settings.ts';
import {
  isAccounted,
  isSumNoised,
  mechanismOf,
  ownNoiseOf,
  samplingRateOf,
  whyCoinsHideNobody,
} from './budget-settings.ts';

const budget = { clipNorm: 1, epsilon: 8, delta: 1e-5 };

function settings(extra: Omit<TaskSettingsInput, 'baseModel' | 'task'> = {}): TaskSettingsInput {
  const baseModel = { name: 'm', modelType: 'bert', fingerprint: 'a'.repeat(64) };
  return { baseModel, task: { kind: 'classification', labels: ['a', 'b'] }, ...extra };
}

/** Path and message of what is refused. */
function refusals(extra: Omit<TaskSettingsInput, 'baseModel' | 'task'>): string[] {
  const { error } = taskSettingsSchema.safeParse(settings(extra));
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

test('what leaves a member unnoised is refused beside a budget, at its field and with the reason', () => {
  assert.deepEqual(refusals({ privacy: budget }), []);
  const central = { ...budget, mechanism: 'central' as const };
  assert.deepEqual(refusals({ privacy: central }), []);
  const cases: [Omit<TaskSettingsInput, 'baseModel' | 'task'>, RegExp][] = [
    [{ privacy: { epsilon: 8, delta: 1e-5 } }, /^privacy\.clipNorm: .*hides her/],
    [{ privacy: { clipNorm: 1, epsilon: 8 } }, /^privacy\.delta: an epsilon means nothing/],
    [{ privacy: { clipNorm: 1, delta: 1e-5 } }, /^privacy\.epsilon: give epsilon/],
    [{ privacy: budget, aggregation: { weighting: 'examples' } }, /^aggregation\.weighting: .*uniform/],
    [
      { privacy: budget, rounds: { earlyStop: { metric: 'accuracy', goal: 'higher' } } },
      /^rounds\.earlyStop: .*not noised/,
    ],
    [{ privacy: budget, rounds: { mode: 'buffered' } }, /^rounds\.mode: .*synchronous/],
    [{ privacy: budget, rounds: { maxStaleness: 2 } }, /^rounds\.maxStaleness: .*0/],
    [{ privacy: { clipNorm: 1, noiseMultiplier: 1, mechanism: 'central' } }, /^privacy\.delta: .*give delta/],
    [{ privacy: central, aggregation: { rule: 'median' } }, /^aggregation\.rule: .*mean/],
    [{ privacy: { ...central, minMembers: 3 } }, /^privacy\.minMembers: .*use 1/],
    [{ privacy: { ...budget, mechanism: 'distributed' } }, /^privacy\.mechanism: .*needs secure aggregation/],
    [{ privacy: budget, training: { controls: true, optimizer: 'sgd' } }, /^training\.controls: .*clip/],
  ];
  for (const [extra, reason] of cases) {
    const told = refusals(extra);
    assert.ok(
      told.some((line) => reason.test(line)),
      `${reason} is not among ${told.join(' | ')}`,
    );
  }
  assert.deepEqual(
    refusals({ privacy: budget, aggregation: { rule: 'median' } }),
    [],
    'local noise allows any rule',
  );
});

test('coin flips need a chance, ask nobody in place of another and take what comes', () => {
  const rounds = { sampling: 'poisson' as const, participants: 10, cohort: { fraction: 0.2 } };
  const parsed = taskSettingsSchema.parse(settings({ rounds }));
  assert.equal(parsed.rounds.quorum, 1);
  assert.match(
    refusals({ rounds: { ...rounds, cohort: { count: 2 } } }).join(),
    /rounds\.sampling: .*fraction/,
  );
  assert.match(refusals({ rounds: { ...rounds, overSelection: 2 } }).join(), /rounds\.overSelection: /);
  assert.match(refusals({ rounds: { ...rounds, quorum: 2 } }).join(), /rounds\.quorum: /);
});

test('being asked seldom is reckoned with where coins hide it alone: from whom the noise is against, and with nobody never asked', () => {
  const rateOf = (mechanism: 'local' | 'central', rounds: TaskSettingsInput['rounds']) => {
    const parsed = taskSettingsSchema.parse(settings({ rounds, privacy: { ...budget, mechanism } }));
    return samplingRateOf(parsed);
  };
  const rounds = { sampling: 'poisson' as const, participants: 100, cohort: { fraction: 0.2 } };
  assert.equal(rateOf('central', rounds), 0.2);
  assert.equal(rateOf('central', { ...rounds, sampling: 'lots' }), 1);
  assert.equal(rateOf('local', rounds), 1, 'the coordinator knows how they fell');
  // (1 - 0.2)^94 is just below 2^-30
  assert.equal(rateOf('central', { ...rounds, participants: 94 }), 0.2);
  assert.equal(
    rateOf('central', { ...rounds, participants: 93 }),
    1,
    'coins that ask nobody are flipped again',
  );
  const few = taskSettingsSchema.parse(
    settings({ rounds: { ...rounds, participants: 10 }, privacy: { ...budget, mechanism: 'central' } }),
  );
  assert.match(whyCoinsHideNobody(few) ?? '', /open with 94/);
});

test('groups older than budgets mean what they meant', () => {
  const older = taskSettingsSchema.parse(settings({ privacy: { clipNorm: 1, noiseMultiplier: 0.5 } }));
  assert.deepEqual([mechanismOf(older), isAccounted(older), isSumNoised(older)], ['local', false, false]);
  assert.equal(ownNoiseOf(older.privacy), 0.5);
  assert.ok(contributionNormLimit(older.privacy, 100) > 5);
});

test('where the sum is noised a member clips alone, and may hold a tensor alone', () => {
  const privacy = { ...budget, mechanism: 'central' as const, noiseMultiplier: 2 };
  const made = settledSettings(taskSettingsSchema.parse(settings({ privacy })));
  assert.equal(ownNoiseOf(made.privacy), undefined);
  assert.equal(contributionNormLimit(made.privacy, 100), 1);
  assert.equal(minMembersOf(made), 1);
});
