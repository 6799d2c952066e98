// What holds keys and everybody's updates gets neither into a repository nor into an image, and no page shows a key on a command
// line, where all who use the machine would see it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const secrets = [
  '.colora/database/PG_VERSION',
  '.colora-workspace/key.json',
  '.colora-workspace-2/reviews/personal.safetensors',
  'ann-workspace/reviews/receipts.jsonl',
  'colora-data/database/base/1/1',
  'colora-data-2/coordinator.lock',
  'admin.key',
  'key.json',
  'key-to-be.json',
  '.env',
  'coordinator.log',
];

/** Lines as gitignore(5) and .dockerignore have them, as far as ours go: names, `*` and `**`, a first or last `/`. */
function knows(file: string, path: string): boolean {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  return lines.some((line) => {
    if (line === '' || /^[#!]/.test(line)) return false;
    const anywhere = file === '.gitignore' ? !/\/./.test(line) : line.startsWith('**/');
    const name = line
      .replace(/^(\*\*)?\/|\/$/g, '')
      .replace(/[.+]/g, '\\$&')
      .replaceAll('*', '[^/]*');
    return new RegExp(`${anywhere ? '(^|/)' : '^'}${name}(/|$)`).test(path);
  });
}

for (const file of ['.gitignore', '.dockerignore'])
  test(`${file} knows data folders, workspaces and keys`, () => {
    for (const path of secrets) {
      assert.ok(knows(file, path), path);
      if (!path.startsWith('colora-data')) assert.ok(knows(file, `somewhere/${path}`), `somewhere/${path}`);
    }
    for (const path of [
      'README.md',
      'apps/cli/src/main.ts',
      'packages/protocol/src/api-key.ts',
      'deploy/Caddyfile',
    ])
      assert.ok(!knows(file, path), path);
  });

test('no page puts a key on a command line', () => {
  const pages = ['README.md', 'docker-compose.yml', '.env.example', 'CONTRIBUTING.md'];
  for (const folder of ['docs', 'deploy', 'examples'])
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }))
      if (/\.(md|ya?ml|txt|service|json)$/.test(name)) pages.push(join(folder, name));
  assert.ok(pages.length > 20);
  for (const page of pages) {
    const shown = /--key[= ]\S+|--header .*Bearer colora_\S*/.exec(readFileSync(join(root, page), 'utf8'));
    assert.equal(shown, null, `${page}: ${shown?.[0]}`);
  }
});
