// Whether the slowest member is lost is said with the command that mends it; a deadline is proposed for large models alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { taskSettingsSchema } from '@colora/protocol/task-settings';
import { deadlineText } from './deadline-text.ts';
import { proposeDeadline } from './propose-deadline.ts';

const times = { members: 7, told: 5, steps: 8, deadlineSeconds: 600 };

test('the slowest of those who told is held to the deadline', () => {
  assert.equal(deadlineText('ours', { ...times, slowestStepSeconds: null }), null);
  assert.equal(
    deadlineText('ours', { ...times, slowestStepSeconds: 90 }),
    'the slowest of 5 members needs 90 s a step, about 12 min for a round of 8; the deadline of 10 min loses her: colora groups extend ours --deadline 2160',
  );
  assert.match(deadlineText('ours', { ...times, slowestStepSeconds: 60 })!, /hardly allows for it: colora/);
  assert.match(deadlineText('ours', { ...times, slowestStepSeconds: 2 })!, /2 s a step.*allows for it$/);
});

const settings = (batchSize: number, maxTokens: number) =>
  taskSettingsSchema.parse({
    baseModel: { name: '-', modelType: 'llama', fingerprint: '0'.repeat(64) },
    task: { kind: 'causal-lm', maxTokens },
    adapter: { targets: ['self_attn.q_proj'] },
    training: { personalSteps: 4, sharedSteps: 4, batchSize },
  });
/** Of one weight, which is all that counts. */
const modelOf = (parameters: number) => ({ weights: [{ shape: [parameters / 1000, 1000] }] }) as never;

test('a billion parameters get the time that a laptop takes three times over, in whole minutes; small ones keep the usual', () => {
  const large = modelOf(1.236e9);
  const proposed = proposeDeadline(large, settings(4, 128))!;
  // 4 x 1.236e9 x 512 / 1e11 = 25.3 s a step
  assert.equal(proposed.rounds.deadlineSeconds, 660);
  assert.match(
    proposed.why,
    /^rounds get 11 min: 3 times what 8 steps of 4 x 128 tokens through 1\.2 billion/,
  );
  assert.equal(proposeDeadline(large, settings(8, 512))!.rounds.deadlineSeconds, 4_920);
  assert.equal(proposeDeadline(large, settings(1, 128)), null, 'less than the usual');
  assert.equal(proposeDeadline(modelOf(1.35e8), settings(8, 2048)), null);
});
