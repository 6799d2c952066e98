import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUploadLimits } from './upload-limits.ts';

test('one upload of a participant at a time, and none once the coordinator shuts down', async () => {
  const limits = createUploadLimits(2);
  const ada = { owner: 'ada', address: '203.0.113.7' };
  const upload = await limits.enter(ada);
  await assert.rejects(limits.enter(ada), { code: 'upload-in-progress' });
  await assert.rejects(limits.enter({ ...ada, address: '203.0.113.8' }), { code: 'upload-in-progress' });
  (await limits.enter({ ...ada, owner: 'bob' })).leave();
  upload.leave();
  (await limits.enter(ada)).leave();
  await limits.drain(0);
  await assert.rejects(limits.enter(ada), { code: 'unavailable' });
});
