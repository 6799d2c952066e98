import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isSignedBy } from '@colora/protocol/proofs/signatures';
import { UsageError } from '../../usage-error.ts';
import { openVouchKey } from './vouch-key.ts';

const folder = await mkdtemp(join(tmpdir(), 'colora-vouch-'));
after(() => rm(folder, { recursive: true, force: true }));

test('a key that vouches is made once, for its owner alone, and signs', async () => {
  const path = join(folder, 'config', 'vouch-key');
  const made = await openVouchKey(path);
  const again = await openVouchKey(path);
  assert.deepEqual([made.isNew, again.isNew, again.publicKey], [true, false, made.publicKey]);
  assert.ok(isSignedBy(made.publicKey, 'a text', again.sign('a text')));
  assert.ok(!JSON.stringify(made).includes((await readFile(path, 'utf8')).trim()));
  if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('a file that holds something else is left as it is', async () => {
  const path = join(folder, 'notes');
  await writeFile(path, 'not a key');
  await assert.rejects(openVouchKey(path), UsageError);
  assert.equal(await readFile(path, 'utf8'), 'not a key');
});
