import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePrivateKey, openSigner } from '@colora/protocol/proofs/signatures';
import { type TaskSettingsInput, taskSettingsSchema } from '@colora/protocol/task-settings';
import { ClientError } from '../client-error.ts';
import { assertWithin, type OwnLimits } from './own-limits.ts';

const [key, other] = [makePrivateKey(), makePrivateKey()].map((made) => openSigner(made)!.publicKey);

function settings(secureAggregation?: { vouchedBy?: string | undefined }) {
  const given: TaskSettingsInput = {
    baseModel: { name: 'owner/model', modelType: 'bert', fingerprint: 'a'.repeat(64) },
    task: { kind: 'classification', labels: ['good', 'bad'], maxTokens: 24 },
    rounds: { participants: 3 },
    privacy: {
      clipNorm: 1,
      minMembers: 3,
      ...(secureAggregation === undefined ? {} : { secureAggregation }),
    },
  };
  return taskSettingsSchema.parse(given);
}

const refused = (of: ReturnType<typeof settings>, limits: OwnLimits, why: RegExp) =>
  assert.throws(
    () => assertWithin('a group', of, limits),
    (error) => error instanceof ClientError && error.code === 'excessive' && why.test(error.message),
  );

test('a budget without noise is a coordinator’s lie, whatever one allows: nothing would be counted, and nothing hidden', () => {
  const { privacy, ...rest } = settings();
  const claims = taskSettingsSchema.parse({ ...rest, privacy: { ...privacy, epsilon: 1, delta: 1e-5 } });
  refused(claims, {}, /no noise/);
  refused(claims, { maxEpsilon: 1 }, /no noise/);
  const noised = { ...claims, privacy: { ...claims.privacy, noiseMultiplier: 9 } };
  assertWithin('a group', noised, { maxEpsilon: 1 });
});

test('who asks for masks, or for members who are vouched for, joins no group without', () => {
  refused(settings(), { requireSecureAggregation: true }, /--require-secure-aggregation asks for masks/);
  refused(settings(), { requireVouched: key }, /nobody vouches/);
  refused(settings({}), { requireVouched: key }, /nobody vouches/);
  refused(settings({ vouchedBy: other }), { requireVouched: key }, /--require-vouched names/);
  assertWithin('a group', settings({}), { requireSecureAggregation: true });
  assertWithin('a group', settings({ vouchedBy: key }), {
    requireSecureAggregation: true,
    requireVouched: key,
  });
  assertWithin('a group', settings(), {});
});
