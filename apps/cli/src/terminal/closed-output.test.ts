// Output that nobody reads any more, as in `colora devices | head -1`, ends no command.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('../../bin/colora.js', import.meta.url));

test('a command whose reader has gone ends as if it were there', {
  skip: process.platform === 'win32',
}, async () => {
  const line = '{ "$0" "$1" --help; echo "status $?" >&2; } | true';
  const { stderr } = await run('sh', ['-c', line, process.execPath, launcher]);
  assert.equal(stderr, 'status 0\n');
});
