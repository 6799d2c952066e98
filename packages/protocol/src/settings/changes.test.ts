// What differs between two groups' settings, field by field, and when it takes effect.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TaskSettingsInput, taskSettingsSchema } from '../task-settings.ts';
import { changesOfTerms, changeWords, roundSettingsHash, settingsAtOnce } from './changes.ts';

const base: TaskSettingsInput = {
  baseModel: { name: 'm', modelType: 'm', fingerprint: '0'.repeat(64) },
  task: { kind: 'classification', labels: ['bad', 'good'] },
};
const settingsOf = (change: Partial<TaskSettingsInput> = {}) =>
  taskSettingsSchema.parse({ ...base, ...change });
const changes = (change: Partial<TaskSettingsInput>, from: Partial<TaskSettingsInput> = {}) =>
  changesOfTerms(
    { access: 'open', settings: settingsOf(from) },
    { access: 'open', settings: settingsOf(change) },
  );

test('a field of each kind of effect, with both values, also of what is not set', () => {
  assert.deepEqual(
    changes({
      adapter: { rank: 4 },
      training: { batchSize: 16 },
      rounds: { count: 9, cohort: { count: 2 } },
      privacy: { clipNorm: 2 },
    }).map(({ when, ...change }) => [changeWords(change), when]),
    [
      ['adapter.rank: 8 -> 4', 'never'],
      ['training.batchSize: 8 -> 16', 'next-round'],
      ['rounds.count: 8 -> 9', 'now'],
      ['rounds.cohort.count: not set -> 2', 'next-round'],
      ['privacy.clipNorm: not set -> 2', 'next-round'],
    ],
  );
});

test('clusters change between auto and fixed, and neither come nor go', () => {
  const task = (clusters: 'auto' | 'fixed' | 'off') =>
    ({ task: { ...base.task, clusters }, training: { phases: 'joint' } }) as Partial<TaskSettingsInput>;
  assert.deepEqual(
    changes(task('fixed'), task('auto')).map(({ when }) => when),
    ['next-round'],
  );
  assert.deepEqual(
    changes(task('off'), task('auto')).map(({ when }) => when),
    ['never'],
  );
});

test('groups of before a choice was there mean what they always meant', () => {
  const rounds = { quorum: 1 };
  assert.deepEqual(
    changes({ rounds, training: { phases: 'apart' }, privacy: { minMembers: 1 } }, { rounds }),
    [],
  );
});

test('verdicts under the mask neither come nor go, and a group of before the choice is named as members of before name it', () => {
  const masked = (verdicts?: boolean) => ({
    privacy: { clipNorm: 1, secureAggregation: verdicts === undefined ? {} : { verdicts } },
  });
  const [older, none, some] = [masked(), masked(false), masked(true)];
  assert.deepEqual(changes(none, older), []);
  assert.deepEqual(
    changes(some, older).map(({ when }) => when),
    ['never'],
  );
  const hash = (one: Partial<TaskSettingsInput>) => roundSettingsHash(settingsOf(one));
  assert.equal(hash(none), hash(older));
  assert.notEqual(hash(some), hash(older));
});

test('who may join is a change too', () => {
  const settings = settingsOf();
  const [change] = changesOfTerms({ access: 'open', settings }, { access: 'invitation', settings });
  assert.deepEqual(change, { path: 'access', before: 'open', after: 'invitation', when: 'now' });
});

test('at once is what waits for no round', () => {
  const wanted = settingsOf({
    training: { batchSize: 16 },
    rounds: { count: 9, retries: 7 },
    retention: { checkpoints: 4 },
  });
  const { training, rounds, retention } = settingsAtOnce(settingsOf(), wanted);
  assert.deepEqual([training.batchSize, rounds.count, rounds.retries, retention.checkpoints], [8, 9, 7, 4]);
});
