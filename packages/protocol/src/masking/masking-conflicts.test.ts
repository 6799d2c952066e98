// What doesn't go together with secure aggregation is refused when settings are read, each with its reason; and the ring that a
// round's sum needs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TaskSettingsInput, taskSettingsSchema } from '../task-settings.ts';
import { fewestMasked } from './masking-conflicts.ts';
import { mostAsked, mostSum, ringHolding, ringLoadOf } from './masking-ring.ts';

const baseModel = { name: 'm', modelType: 'm', fingerprint: '0'.repeat(64) };
const task = { kind: 'classification' as const, labels: ['bad', 'good'] };
const masked = { clipNorm: 1, secureAggregation: {} };

const read = ({ privacy, ...more }: Partial<TaskSettingsInput> = {}) =>
  taskSettingsSchema.safeParse({ baseModel, task, ...more, privacy: { ...masked, ...privacy } });

test('secure aggregation is taken with its defaults, and each thing beside it that gives single members away is refused', () => {
  assert.deepEqual(read().data?.privacy.secureAggregation, { bits: 16 });
  const refused: [string, Partial<TaskSettingsInput>, RegExp][] = [
    ['aggregation.rule', { aggregation: { rule: 'median' } }, /nobody sees any: use rule mean/],
    ['aggregation.exampleCap', { aggregation: { weighting: 'examples' } }, /8 bits: set it to 255/],
    ['wire.upload', { wire: { upload: 'int8' } }, /use upload f32/],
    ['wire.upload', { wire: { upload: 'top-k', keep: 0.1 } }, /use upload f32/],
    ['rounds.mode', { rounds: { mode: 'buffered' } }, /use mode synchronous/],
    ['rounds.maxStaleness', { rounds: { maxStaleness: 2 } }, /use 0/],
    ['training.controls', { training: { controls: true, optimizer: 'sgd' } }, /do without controls/],
    ['rounds.quorum', { rounds: { participants: 1001, quorum: 1001 } }, /1000 members at most/],
    [
      'privacy.minMembers',
      { rounds: { participants: 1001 }, privacy: { minMembers: 1001 } },
      /1000 members at most/,
    ],
    ['rounds.cohort.count', { rounds: { cohort: { count: 2 } } }, /ask as many members/],
    [
      'privacy.secureAggregation.bits',
      { aggregation: { weighting: 'examples', exampleCap: 255 } },
      /would not fit into 32 bits/,
    ],
  ];
  for (const [path, extra, text] of refused) {
    const issue = read(extra).error?.issues.find((one) => one.path.join('.') === path);
    assert.match(issue?.message ?? `${path} is taken`, text);
  }
  const budgeted = { delta: 1e-5, epsilon: 8, mechanism: 'local' as const, noiseMultiplier: 1 };
  const covered = read({ privacy: { ...budgeted, secureAggregation: { verdicts: true } } });
  assert.match(String(covered.error), /no privacy budget covers them/);
  assert.ok(read({ privacy: { ...budgeted, secureAggregation: {} } }).success);
  const bare = taskSettingsSchema.safeParse({ baseModel, task, privacy: { secureAggregation: {} } });
  assert.match(String(bare.error), /set a clip norm/);
});

test('what is refused goes with what mends it: fewer bits, a lower cap, a smaller cohort', () => {
  const weighted = { weighting: 'examples' as const };
  assert.ok(read({ aggregation: { ...weighted, exampleCap: 60 } }).success);
  const small = { participants: 40, cohort: { count: 40 } };
  assert.ok(read({ aggregation: { ...weighted, exampleCap: 255 }, rounds: small }).success);
  const twelve = { clipNorm: 1, secureAggregation: { bits: 12 as const } };
  assert.ok(read({ aggregation: { ...weighted, exampleCap: 255 }, privacy: twelve }).success);
});

test('a sum is of three at least, of as many as move a tensor, and of the quorum', () => {
  const settings = (extra: Partial<TaskSettingsInput>) => read(extra).data!;
  assert.equal(fewestMasked(settings({ rounds: { participants: 2 }, privacy: { minMembers: 1 } })), 3);
  assert.equal(fewestMasked(settings({ privacy: { minMembers: 7 } })), 7);
  assert.equal(fewestMasked(settings({ rounds: { participants: 9, quorum: 5 } })), 5);
});

test('no sum reaches half of its ring, and no smaller ring would do', () => {
  const settings = read({ aggregation: { weighting: 'examples', exampleCap: 20 } }).data!;
  assert.equal(mostAsked(settings), 1000);
  for (const members of [3, 12, 13, 100, 1000]) {
    const load = ringLoadOf(settings, members);
    const ring = ringHolding(load)!;
    assert.ok(mostSum(load) < 2 ** (ring - 1));
    if (ring > 16) assert.ok(mostSum(load) >= 2 ** (ring - 9));
  }
});
