// What who is about to join reads: each fact there is, and that one isn't known where it isn't.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { termLines } from '@colora/client/consent/terms';
import type { TaskGroup } from '@colora/protocol/entities';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { type Asked, joinOfferLines } from './join-offer-text.ts';

const input: TaskSettingsInput = {
  baseModel: { name: 'owner/model@abc', modelType: 'bert', fingerprint: 'a'.repeat(64) },
  task: { kind: 'classification', labels: ['good', 'bad'], maxTokens: 24 },
  training: { personalSteps: 2, sharedSteps: 6 },
};

function asked(change: Partial<Asked> = {}, settings = input): Asked {
  const whole = taskSettingsSchema.parse(settings);
  const group = { name: 'reviews', access: 'invitation', settings: whole } as TaskGroup;
  return {
    group,
    terms: termLines(whole),
    offer: {
      invitation: { createdBy: 'eva', uses: 3, used: 1, expiresAt: '2026-12-07T12:00:00.000Z' },
      round: { deadlineSeconds: 600, stepSeconds: 2.5, bytes: { download: 1_200_000, upload: 600_000 } },
    },
    ...change,
  };
}
const place = { url: 'https://x.org', model: { is: 'here' }, maxMemory: null } as const;
const textOf = (what: Asked, at: Parameters<typeof joinOfferLines>[1] = place) =>
  joinOfferLines(what, at).join('\n');

test('all of it where all is known, each thing once', () => {
  const text = textOf(asked());
  assert.match(text, /^reviews at https:\/\/x\.org asks of you:\n/);
  assert.match(text, /invited by +eva, by a link for 3, of which 2 are left, until 2026-12-0/);
  assert.match(text, /base model +owner\/model@abc: nothing to download/);
  assert.match(text, /your data +texts with a label each \(good, bad\)/);
  assert.match(
    text,
    /a round +\d+ steps of training, about \d+ s on members’ machines; its deadline is 10 min/,
  );
  assert.match(text, /its bytes +at most 1\.2 MB down and 600\.0 KB up/);
  assert.match(text, /memory +counted .* more than it has is refused/);
  assert.match(text, /- the coordinator sees each contribution: nothing is masked/);
  assert.equal(text.match(/base model/g)?.length, 1);
  const wide = text.split('\n').filter((line) => line.length > 200);
  assert.deepEqual(wide, []);
});

test('what a download brings along, and where it comes from', () => {
  const offer = {
    ...{ id: 'owner/model', revision: 'abc', bytes: 270e6, licence: 'mit' },
    ...{ into: '/cache', hub: 'https://hub', needsToken: true },
  };
  const text = textOf(asked(), { ...place, model: { is: 'to-download', offer }, maxMemory: 4e9 });
  assert.match(text, /270\.0 MB to download from https:\/\/hub into \/cache, licence mit; .*token is sent/);
  assert.match(text, /more than 4\.0 GB \(--max-memory\) is refused/);
  const unknown = textOf(asked(), { ...place, model: { is: 'unknown', why: 'the Hub is away' } });
  assert.match(unknown, /not known \(the Hub is away\)/);
});

test('what nobody knows is said so', () => {
  const before = textOf(asked({ offer: null }));
  assert.match(before, /invited by +this coordinator does not say/);
  assert.match(before, /its bytes +not known/);
  const round = { deadlineSeconds: 600, stepSeconds: null, bytes: null };
  const alone = textOf(asked({ offer: { invitation: null, round } }));
  assert.match(alone, /without an invitation/);
  assert.match(alone, /how long that takes is not known yet; its deadline is 10 min/);
});
