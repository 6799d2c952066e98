// What is wrong with settings, in words: the schema's own where it has some, else what the field takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskSettingsSchema } from '../task-settings.ts';
import { issueWords } from './issue-words.ts';

function wordsFor(part: object): string[] {
  const baseModel = { name: '-', modelType: '-', fingerprint: '0'.repeat(64) };
  const task = { kind: 'classification', labels: ['good', 'bad'] };
  const parsed = taskSettingsSchema.safeParse({ task, adapter: { layout: 'core' }, baseModel, ...part });
  return (parsed.error?.issues ?? []).map(issueWords);
}

test('nothing is said of valid settings', () => assert.deepEqual(wordsFor({}), []));

test('what a field takes, not what the library says', () => {
  const [rank] = wordsFor({ adapter: { layout: 'core', rank: 0 } });
  assert.match(rank ?? '', /^takes integer, 1 to /);
  const [phases] = wordsFor({ training: { phases: 'both' } });
  assert.match(phases ?? '', /^takes one of joint, apart$/);
});

test('the schema’s own words stay, since they say more', () => {
  assert.deepEqual(wordsFor({ task: { kind: 'classification', labels: ['good'] } }), [
    'a classification needs at least two labels',
  ]);
});
