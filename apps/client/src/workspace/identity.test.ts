// The key file: private, bound to one coordinator, replaced by a key given by hand.
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { keepIdentity, readIdentity } from './identity.ts';

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

test('a damaged key file is named, and its content is not', async () => {
  await writeFile(join(folder, 'key.json'), '{"key": "secret"');
  await assert.rejects(readIdentity(folder, here.url), (error: Error) => {
    assert.match(error.message, /key\.json/);
    assert.equal(error.message.includes('secret'), false);
    return true;
  });
});
