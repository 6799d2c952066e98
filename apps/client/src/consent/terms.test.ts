// What counts as more than a member agreed to: each thing that costs or tells, alone, both ways.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { changesBetween, termLines } from './terms.ts';

const base: TaskSettingsInput = {
  baseModel: { name: 'owner/model', modelType: 'bert', fingerprint: 'a'.repeat(64) },
  task: { kind: 'classification', labels: ['good', 'bad'], maxTokens: 24, head: 'both' },
  adapter: { layout: 'dual', rank: 8, personalRank: 4, targets: ['q_proj'] },
  training: { personalSteps: 2, sharedSteps: 6, batchSize: 8 },
  rounds: { count: 8, participants: 3, quorum: 3 },
  privacy: { clipNorm: 1, noiseMultiplier: 0.5, minMembers: 3 },
  wire: { upload: 'int8', download: 'f16' },
};
const withPart = (change: Partial<TaskSettingsInput>) => taskSettingsSchema.parse({ ...base, ...change });
const before = withPart({});
const { training, rounds, adapter, privacy, wire, task } = base;

const more: Record<string, Partial<TaskSettingsInput>> = {
  steps: { training: { ...training, personalSteps: 10_000 } },
  'a batch': { training: { ...training, batchSize: 1024 } },
  'accumulated batches': { training: { ...training, accumulate: 1024 } },
  tokens: { task: { ...task, maxTokens: 8192 } as TaskSettingsInput['task'] },
  rounds: { rounds: { ...rounds, count: 9 } },
  'fewer texts in a contribution': { training: { ...training, personalSteps: 7, sharedSteps: 1 } },
  'fewer members in a checkpoint': { rounds: { ...rounds, quorum: 2 } },
  'fewer members a tensor': { privacy: { ...privacy, minMembers: 2 } },
  'the clip raised': { privacy: { ...privacy, clipNorm: 2 } },
  'the clip removed': { privacy: {} },
  'less noise': { privacy: { ...privacy, noiseMultiplier: 0.4 } },
  'no noise': { privacy: { clipNorm: 1, minMembers: 3 } },
  'finer contributions': { wire: { ...wire, upload: 'f32' } },
  'larger checkpoints': { wire: { ...wire, download: 'f32' } },
  'the head of all': { task: { ...task, head: 'by-label' } as TaskSettingsInput['task'] },
  'a wider adapter': { adapter: { ...adapter, rank: 9 } },
  'a wider personal adapter': { adapter: { ...adapter, personalRank: 64 } },
  'further modules': { adapter: { ...adapter, targets: ['q_proj', 'v_proj'] } },
  'another layout': { adapter: { ...adapter, layout: 'global' } },
  gradients: { training: { ...training, contribution: 'gradient' } },
  'another base model': { baseModel: { ...base.baseModel, fingerprint: 'b'.repeat(64) } },
  'a task of another kind': { task: { kind: 'causal-lm', maxTokens: 24 } },
  controls: { training: { ...training, controls: true, optimizer: 'sgd' }, privacy: {} },
};
for (const [what, change] of Object.entries(more)) {
  test(`${what}: more`, () => {
    const changes = changesBetween(before, withPart(change));
    assert.notDeepEqual(changes.more, []);
    for (const line of changes.more) assert.match(line, /: .+ before, .+ now$/);
  });
}

test('a budget that reckons with a smaller chance to be asked is more', () => {
  const of = (fraction?: number) =>
    withPart({
      privacy: { clipNorm: 1, noiseMultiplier: 2, epsilon: 8, delta: 1e-5, mechanism: 'central' },
      rounds: {
        participants: 1000,
        quorum: 1,
        ...(fraction === undefined ? {} : { sampling: 'poisson', cohort: { fraction } }),
      },
    });
  assert.deepEqual(changesBetween(of(), of(0.1)).more.length, 1);
  assert.match(changesBetween(of(0.1), of(0.05)).more.join(), /chance to be asked .*0\.1 before, 0\.05 now/);
  assert.deepEqual(changesBetween(of(0.05), of(0.1)).more, []);
  assert.match(termLines(of(0.1)).join('\n'), /one round of 10, by coins/);
});

test('masks taken away, and the word of who vouches for members, are more', () => {
  const key = openSigner(makePrivateKey())!.publicKey;
  const of = (secureAggregation?: { vouchedBy?: string }) =>
    withPart({
      wire: {},
      privacy: { ...privacy, ...(secureAggregation === undefined ? {} : { secureAggregation }) },
    });
  assert.match(changesBetween(of({}), of()).more.join(), /secure aggregation: 1 before, 0 now/);
  assert.match(changesBetween(of({ vouchedBy: key }), of({})).more.join(), /who vouches for members/);
  assert.deepEqual(changesBetween(of(), of({ vouchedBy: key })).more, []);
  assert.match(termLines(of({})).join(), /contributions are masked.*nobody vouches/);
  assert.match(termLines(of()).join(), /nothing is masked/);
});

test('a probe and figures of the verdict are more than none', () => {
  const of = (clusters: 'off' | 'auto') =>
    withPart({
      task: { ...task, head: 'by-label', clusters } as TaskSettingsInput['task'],
      adapter: { layout: 'core' },
      training: { ...training, phases: 'joint' },
      privacy: {},
    });
  assert.match(changesBetween(of('off'), of('auto')).more.join(), /^probe for clusters/);
  assert.deepEqual(changesBetween(of('auto'), of('off')).more, []);
  const told = changesBetween(withPart({ privacy: {} }), of('off')).more.join();
  assert.match(told, /figures of the verdict/);
});

test('figures of the verdict in the clear are more than under a mask, and those more than none', () => {
  const of = (secureAggregation?: { verdicts?: boolean }) =>
    withPart({
      task: { ...task, head: 'by-label' } as TaskSettingsInput['task'],
      adapter: { layout: 'core' },
      wire: {},
      privacy: { clipNorm: 1, ...(secureAggregation === undefined ? {} : { secureAggregation }) },
    });
  const [none, masked, clear] = [of({}), of({ verdicts: true }), of()];
  assert.match(changesBetween(none, masked).more.join(), /figures of the verdict: none before, masked now/);
  assert.match(changesBetween(masked, clear).more.join(), /figures of the verdict: masked before, clear now/);
  assert.deepEqual(changesBetween(masked, none).more, []);
  assert.match(termLines(masked).join('\n'), /figures of your verdict go under the mask/);
  assert.doesNotMatch(termLines(none).join('\n'), /verdict/);
  assert.match(termLines(clear).join('\n'), /three whole numbers of your verdict/);
});

const less: Record<string, Partial<TaskSettingsInput>> = {
  'fewer personal steps': { training: { ...training, personalSteps: 1 } },
  'fewer rounds': { rounds: { ...rounds, count: 7 } },
  'a tighter clip': { privacy: { ...privacy, clipNorm: 0.5 } },
  'more noise': { privacy: { ...privacy, noiseMultiplier: 1 } },
  'coarser contributions': { wire: { ...wire, upload: 'top-k', keep: 0.1 } },
  'a personal head': { task: { ...task, head: 'personal' } as TaskSettingsInput['task'] },
  'a narrower adapter': { adapter: { ...adapter, rank: 4 } },
  'more members in a checkpoint': { rounds: { ...rounds, participants: 4, quorum: 4 } },
};
for (const [what, change] of Object.entries(less)) {
  test(`${what}: not more, and told`, () => {
    const changes = changesBetween(before, withPart(change));
    assert.deepEqual(changes.more, []);
    assert.notDeepEqual(changes.less, []);
  });
}

test('the same settings differ in nothing, and are a few short lines', () => {
  assert.deepEqual(changesBetween(before, withPart({})), { more: [], less: [] });
  const lines = termLines(before);
  assert.ok(lines.length >= 4 && lines.length <= 10);
  for (const line of lines) assert.ok(line.length < 160, line);
  assert.match(lines.join('\n'), /8 rounds of 8 steps, each of 8 texts of up to 24 tokens/);
  assert.match(lines.join('\n'), /clipped to the norm 1, noise 0\.5/);
});
