// The database client's generated code: what of it runs is in the repository and as the schema says; the rest is types,
// which an installation without developers' packages does not have.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generateClient, generatedFolder } from '../../scripts/generate-client.ts';

const source = fileURLToPath(new URL('..', import.meta.url));

test('of the generated code only internal/class.ts is imported for more than its types', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.startsWith('generated'),
  );
  assert.ok(files.length > 50);
  const runs = /^import (?!type )[^;]*from '[^']*\/generated\/prisma\/(?!internal\/class\.ts')/m;
  const needed = files.filter((path) => runs.test(readFileSync(join(source, path), 'utf8')));
  assert.deepEqual(needed, []);
  const committed = readFileSync(join(generatedFolder, 'internal', 'class.ts'), 'utf8');
  assert.deepEqual(committed.match(/^import (?!type )[^;\n]*$/gm), [
    'import * as runtime from "@prisma/client/runtime/client"',
  ]);
});

test('the committed client is what prisma/schema.prisma gives (else: npm run generate)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'colora-generate-'));
  try {
    await generateClient(folder);
    const [committed, made] = [generatedFolder, folder].map((at) =>
      readFileSync(join(at, 'internal', 'class.ts'), 'utf8'),
    );
    assert.equal(committed, made);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
