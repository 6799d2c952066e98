// A fresh checkout has no generated client, and the first start makes it: so no file may need its code to be loaded.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('..', import.meta.url));

test('the generated client is imported for its types alone, or on demand', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.startsWith('generated'),
  );
  assert.ok(files.length > 50);
  const needed = files.filter((path) =>
    /^import (?!type )[^;]*from '[^']*\/generated\/prisma/m.test(readFileSync(join(source, path), 'utf8')),
  );
  assert.deepEqual(needed, []);
});
