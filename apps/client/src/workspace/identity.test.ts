// The key file: private, bound to one coordinator, replaced by a key given by hand.
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makePrivateKey } from '@colora/protocol/proofs/signatures';
import { keepIdentity, keepKeysToBe, keysToBe, readIdentity, signerOf } from './identity.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-identity-'));
after(() => rm(folder, { recursive: true }));
const here = { url: 'http://here', participant: 'anna', key: 'secret' };

test('kept with mode 0600 and given back at the same address', async () => {
  assert.equal(await readIdentity(folder, here.url), null);
  await keepIdentity(folder, here);
  assert.deepEqual(await readIdentity(folder, here.url), here);
  if (process.platform !== 'win32') assert.equal((await stat(join(folder, 'key.json'))).mode & 0o777, 0o600);
});

test('another coordinator is refused, unless the key is given', async () => {
  await assert.rejects(readIdentity(folder, 'http://there'), {
    code: 'workspace-mismatch',
    message: /http:\/\/here/,
  });
  const moved = await readIdentity(folder, 'http://there', 'secret');
  assert.deepEqual(moved, { url: 'http://there', participant: 'anna', key: 'secret' });
  assert.equal((await readIdentity(folder, here.url, 'other'))?.participant, null);
});

test('keys that sign go with the API key that they were kept with, and with no other', async () => {
  const signing = { signingKey: makePrivateKey(), coordinatorKey: 'c'.repeat(64) };
  await keepIdentity(folder, { ...here, ...signing });
  assert.deepEqual(await readIdentity(folder, 'http://there', 'secret'), {
    ...here,
    ...signing,
    url: 'http://there',
  });
  assert.deepEqual(await readIdentity(folder, here.url, 'other'), {
    url: here.url,
    key: 'other',
    participant: null,
  });
  const first = await keysToBe(folder, here.url);
  await keepKeysToBe(folder, here.url, first);
  assert.deepEqual(await keysToBe(folder, here.url), first);
  const elsewhere = await keysToBe(folder, 'http://there');
  assert.ok(elsewhere.key !== first.key && elsewhere.signingKey !== first.signingKey);
  assert.throws(() => signerOf(folder, 'c2VjcmV0'), {
    code: 'workspace-damaged',
    message: /^((?!c2VjcmV0).)*$/,
  });
});

test('a damaged key file is named, and its content is not', async () => {
  await writeFile(join(folder, 'key.json'), '{"key": "secret"');
  await assert.rejects(readIdentity(folder, here.url), (error: Error) => {
    assert.match(error.message, /key\.json/);
    assert.equal(error.message.includes('secret'), false);
    return true;
  });
});
